"""Reads a message as the questions that it holds, without greetings and thanks, for people write to an agent as to a person."""

import re
from dataclasses import dataclass

from .chunking import sentence_spans

_MOST_PARTS = 4  # each costs a search
_COURTESY = (
    r"(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|thanks?|thank you|cheers|please|there"
    r"|all|everyone|team|folks|very much|so much|a lot|in advance|many|sir|madam|bye|goodbye|ok(?:ay)?|great"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|danke|dankeschön|vielen dank|besten dank|bitte|zusammen|schön(?:en)?"
    r"|im voraus|tschüss|bonjour|bonsoir|salut|merci|beaucoup|d'avance|bonne journée|au revoir|à tous"
    r"|hola|buen(?:os|as) (?:días|tardes|noches)|gracias|muchas|muchísimas|de antemano|por favor|adiós"
    r"|ciao|salve|buon(?:giorno|asera)|grazie|mille|molte|per favore|arrivederci"
    r"|olá|oi|bo[ma] (?:dia|tarde|noite)|obrigad[oa]|muito"
    r"|hoi|goede(?:morgen|middag|navond)|goedendag|bedankt|dank je(?: wel)?|dank u(?: wel)?|alvast"
    r"|cześć|dzień dobry|witam|dziękuję|bardzo|proszę|hej|tak|tack|ahoj|dobrý den|děkuji"
    r"|привет|здравствуйте|добрый день|спасибо|большое|merhaba|selam|teşekkürler|teşekkür ederim"
    r"|привіт|вітаю|добр(?:ий день|ий вечір|ого ранку|ого дня)|дякую|дуже|будь ласка"
    r"|γεια(?: (?:σας|σου))?|καλημέρα(?: σας)?|καλησπέρα(?: σας)?|ευχαριστώ|πολύ|παρακαλώ"
    r"|السلام عليكم|مرحبا|أهلا|صباح الخير|مساء الخير|شكرا|جزيلا|من فضلك|لو سمحت"
    r"|你好|您好|谢谢|こんにちは|すみません|ありがとうございます|안녕하세요|감사합니다|สวัสดีค่ะ|สวัสดีครับ|ขอบคุณค่ะ|ขอบคุณครับ)"
)
_OPENING = re.compile(rf"^(?:{_COURTESY}\b[\s,]*)+(?:[,!.:;–،，！。、-]+\s*|\n+|$)", re.IGNORECASE)
_ONLY_COURTESY = re.compile(rf"^(?:{_COURTESY}\b[\s,!.:;)(–،，！。、-]*)+$", re.IGNORECASE)
_FIGURE = re.compile(
    r"\b(?:how (?:much|many|long|often|old|big|large|high|tall|far|soon)|what (?:time|year|amount|percentage)|when"
    r"|wie ?(?:viele?|hoch|lange|oft|alt|gro(?:ß|ss)|schwer|teuer|weit)|wann|combien|quand|à quel(?:le)? (?:heure|âge|date)"
    r"|cuánt[oa]s?|cuant[oa]s?|cuándo|quant[oiae]s?|quando|hoe ?(?:veel|lang|vaak|hoog|groot|oud)"
    r"|wanneer|ile|kiedy|сколько|когда|скільки|коли|о котрій|kaç"
    r"|ne (?:kadar|zaman)|hur (?:mycket|många|lång|länge|ofta|gammal|stor|hög|djup)|när"
    r"|kolik|kdy|jak (?:dlouho|často|starý)|πόσ(?:ο|η|α|ες|οι|ους|ων)|πότε|τι ώρα|كم|بكم|متى)\b"
    r"|多少|几|什么时候|何[日人年時個回月]|いくら|いつ|얼마|몇|กี่|เท่าไ|เมื่อไ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a message asks: all of it without greetings and thanks, and where it has several sentences each question in it."""

    whole: str
    each: tuple[str, ...] = ()
    led: tuple[str, ...] = ()  # a question with the sentence before it, which often says what the question is about


def asked_in(message: str) -> Asked:
    """The questions of a message; `whole` is empty when it only greets or thanks."""
    rest = _OPENING.sub("", message.strip()).strip()
    sentences = [rest[start:end] for start, end in sentence_spans(rest)]
    sentences = [one for one in sentences if not _ONLY_COURTESY.match(one)]
    whole = " ".join(sentences)
    asking = [place for place, one in enumerate(sentences) if one.endswith(("?", "\uff1f"))][:_MOST_PARTS]
    if len(sentences) < 2 or not asking:
        return Asked(whole=whole)
    each = tuple(dict.fromkeys(sentences[place] for place in asking))
    led = tuple(" ".join(sentences[place - 1 : place + 1]) for place in asking if place and place - 1 not in asking)
    led = tuple(one for one in led if one != whole)
    return Asked(whole=whole, each=each, led=led[: max(0, _MOST_PARTS - len(each))])


_SUM = re.compile(r"^\d[\d\s.,()]*[+*×÷=^][\d\s.,()+*×÷=^/-]*\??$")
_EVERYDAY = re.compile(
    r"what(?:['’]?s| is) the (?:time|date|weather)(?: like)?(?: now| today| tomorrow)?|what (?:time|day) is it(?: now| today)?"
    r"|how(?:['’]?s| is) the weather(?: today)?|(?:please )?tell me a joke"
    r"|wie spät ist es(?: jetzt)?|wie ?viel uhr (?:ist es|haben wir)|wie (?:ist|wird) das wetter(?: heute| morgen)?"
    r"|welcher tag ist heute|erzähle? (?:mir )?(?:bitte )?einen witz"
    r"|quelle heure est[- ]il|quel temps (?:fait[- ]il|fera[- ]t[- ]il)(?: aujourd['’]hui| demain)?|quel jour sommes[- ]nous"
    r"|raconte(?:z)?[- ]moi une blague"
    r"|qu[eé] hora es|qu[eé] tiempo (?:hace|hará)(?: hoy| mañana)?|qu[eé] d[ií]a es(?: hoy)?|cuéntame un chiste"
    r"|che or[ae] (?:sono|è)|che tempo (?:fa|farà)(?: oggi| domani)?|che giorno è(?: oggi)?|raccontami una barzelletta"
    r"|que horas são|como está o tempo(?: hoje)?|que dia é hoje|conta(?:-me)? uma piada"
    r"|hoe laat is het|wat voor weer (?:is|wordt) het(?: vandaag| morgen)?|vertel (?:me )?een (?:grap|mop)"
    r"|która (?:jest )?godzina|jaka (?:jest|będzie) (?:dziś |dzisiaj |jutro )?pogoda(?: dziś| dzisiaj| jutro)?"
    r"|opowiedz (?:mi )?(?:żart|dowcip)|который (?:сейчас )?час|сколько (?:сейчас )?времени|какая (?:сегодня |завтра )?погода"
    r"|расскажи(?:те)? анекдот|saat kaç|(?:bugün |yarın )?hava nasıl(?: olacak)?|(?:bana )?bir fıkra anlat"
    r"|vad är klockan|hur (?:är|blir) vädret(?: idag| i morgon)?|berätta (?:en vits|ett skämt)"
    r"|котра (?:зараз )?година|яка (?:сьогодні |завтра |буде )?погода(?: сьогодні| завтра)?|розкажи(?:те)? анекдот"
    r"|τι ώρα είναι(?: τώρα)?|τι καιρό (?:κάνει|θα κάνει)(?: σήμερα| αύριο)?|πες μου ένα ανέκδοτο"
    r"|kolik je hodin|jaké (?:je|bude) počasí(?: dnes| zítra)?|řekni (?:mi )?vtip",
    re.IGNORECASE,
)


_WEATHER = re.compile(r"weather|wetter|temps f|tiempo h|tempo (?:f|hoje)|\bweer\b|pogoda|погода|hava nasıl", re.IGNORECASE)
_THERE = re.compile(r" (?:in|at|for|à|a|en|de|em|no|na|w|we|в|во|te) [\w '-]{1,40}$")


def is_everyday(question: str) -> bool:
    """True for what no document says although its hours and figures look like it: the time, the weather, a joke, a sum."""
    bare = question.strip(" \t\n¿¡?!.;")
    if _WEATHER.search(bare):
        bare = _THERE.sub("", bare)
    return _EVERYDAY.fullmatch(bare) is not None or _SUM.match(bare) is not None


def asks_for_figure(question: str) -> bool:
    """True when the answer is likely to hold a number, a time or a date."""
    return _FIGURE.search(question) is not None


_KINDS = {
    "who": r"who|whom|whose|wer|wem|wen|wessen|qui|quién|quien|quiénes|chi|quem|kto|komu|kogo|кто|кому|кого|kim|kime|vem"
    r"|хто|ким|kdo|komu|ποιος|ποια|ποιον|ποιοι"
    r"|wie(?= (?:is|zijn|kan|betaalt|moet|heeft|mag|wordt)\b)",
    "where": r"where|wo|wohin|woher|où|dónde|donde|adónde|dove|onde|waar|gdzie|skąd"
    r"|где|куда|откуда|де|куди|звідки|nerede|nereye|neresi|var|kde|kam|odkud|πού|أين|اين",
    "why": r"why|warum|wieso|weshalb|pourquoi|por qué|perché|por que|waarom|dlaczego"
    r"|почему|зачем|чому|навіщо|proč|γιατί|neden|niçin|varför|لماذا",
    "how": r"how|wie|comment|cómo|come|como|hoe|jak|как|як|nasıl|hur|πώς|كيف",
    "what": r"what|which|was|welche[rsmn]?|quel(?:le)?s?|que|qué|cuál(?:es)?|che|quale|quali|qual|quais|wat|welke?|jak[ai]e?|co"
    r"|któr[ay]|które|что|какой|какая|какие|какое|що|який|яка|які|яке|jak[ýáé]|kter[ýáé]|τι|ne|hangi|vad|vilken|ما|ماذا|أي",
}
_UNSPACED = {
    "who": "谁|誰|누가|누구|ใคร", "where": "哪里|哪儿|どこ|어디|ที่ไหน", "why": "为什么|なぜ|왜|ทำไม",
    "how": "怎么|如何|どう|어떻게|ยังไง|อย่างไร", "what": "什么|哪|何|무엇|어떤|อะไร",
}  # fmt: skip
_ASKING = {kind: re.compile(rf"\b(?:{said})\b|{_UNSPACED[kind]}", re.IGNORECASE) for kind, said in _KINDS.items()}
_ASKED_BY_ITS_END = ("?", "\uff1f", "\u061f", "吗", "ますか", "ですか", "나요", "ไหม", "ไหมคะ", "ไหมครับ", "มั้ย", "หรือเปล่า")
_EARLY = 25  # a question's own word stands near its beginning
KINDS = ("figure", *_KINDS, "whether")


def kind_of(question: str) -> str:
    """What is asked for: one of KINDS, or nothing where a few words were typed into a box."""
    if asks_for_figure(question):
        return "figure"
    for kind, said in _ASKING.items():
        match = said.search(question)
        if match is not None and match.start() < _EARLY:
            return kind
    return "whether" if question.rstrip().endswith(_ASKED_BY_ITS_END) else ""
