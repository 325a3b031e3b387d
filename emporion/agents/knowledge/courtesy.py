"""Small talk: a greeting, a thank-you, a goodbye or "who are you?" gets a short reply in its own language, without a source.

A message counts only when nothing else stands in it; "Hi, what does shipping cost?" is a question.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from .lexicon import fold


class Courtesy(IntEnum):
    """What somebody says when they ask nothing; of several in one message the highest is replied to."""

    NOD = 0
    GREETING = 1
    THANKS = 2
    FAREWELL = 3
    ABOUT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTalk:
    """A message that asks nothing, and the language that it is in."""

    kind: Courtesy
    language: str


_SAID = {
    "en": {
        Courtesy.NOD: "ok|okay|great|perfect|nice|cool|got it|alright|all right|yes|no|there|all|everyone|team|folks|sir|madam|dear|please",
        Courtesy.GREETING: "hi|hello|hey|hiya|howdy|good morning|good afternoon|good evening|good day|how are you|how are you doing"
        "|hows it going|how is it going|whats up|nice to meet you|greetings",
        Courtesy.THANKS: "thanks|thank you|thx|ty|cheers|thanks a lot|thanks so much|thank you so much|thank you very much|many thanks"
        "|thanks for your help|thank you for your help|that helped|that was helpful|in advance|much appreciated|very much",
        Courtesy.FAREWELL: "bye|goodbye|good bye|bye bye|see you|see you later|see ya|good night|have a nice day|have a good day|take care",
        Courtesy.ABOUT: "who are you|what are you|what is your name|whats your name|are you a bot|are you a robot|are you human"
        "|are you a human|are you real|are you a real person|am i talking to a person|what can you do|how can you help me"
        "|what can you help me with|what can i ask you|can you help me|help|help me|i need help|i have a question",
    },
    "de": {
        Courtesy.NOD: "super|toll|prima|alles klar|gut|ja|nein|zusammen|bitte|passt|verstanden|sehr geehrte damen und herren|liebes team",
        Courtesy.GREETING: "hallo|guten tag|guten morgen|guten abend|moin|moin moin|servus|gruss gott|gruezi|hallo zusammen|wie gehts"
        "|wie geht es dir|wie geht es ihnen|wie gehts dir|na|schonen guten tag|einen schonen guten tag",
        Courtesy.THANKS: "danke|dankeschon|danke schon|danke sehr|vielen dank|besten dank|herzlichen dank|tausend dank|vielen lieben dank"
        "|danke fur die hilfe|danke dir|danke ihnen|im voraus|das hat geholfen|das war hilfreich|fur die hilfe|fur ihre hilfe",
        Courtesy.FAREWELL: "tschuss|auf wiedersehen|bis bald|bis dann|bis spater|gute nacht|schonen tag|schonen tag noch"
        "|schonen abend|schonen abend noch|schones wochenende|mach es gut|machs gut|einen schonen tag noch",
        Courtesy.ABOUT: "wer bist du|wer sind sie|was bist du|wie heisst du|wie heissen sie|bist du ein bot|bist du ein roboter"
        "|bist du ein mensch|sind sie ein mensch|was kannst du|was konnen sie|kannst du mir helfen|konnen sie mir helfen"
        "|was kann ich dich fragen|wobei kannst du helfen|hilfe|ich brauche hilfe|ich habe eine frage",
    },
    "fr": {
        Courtesy.NOD: "d'accord|parfait|super|tres bien|oui|non|a tous|s'il vous plait|s'il te plait|compris|madame|monsieur",
        Courtesy.GREETING: "bonjour|bonsoir|salut|coucou|comment allez vous|comment ca va|ca va|comment vas tu|enchante",
        Courtesy.THANKS: "merci|merci beaucoup|merci bien|mille mercis|merci d'avance|un grand merci|merci a vous|merci pour votre aide"
        "|merci de votre aide|merci pour tout",
        Courtesy.FAREWELL: "au revoir|a bientot|bonne journee|bonne soiree|bonne nuit|a plus|a plus tard|a tout a l'heure",
        Courtesy.ABOUT: "qui es tu|qui etes vous|tu es qui|comment t'appelles tu|comment vous appelez vous|es tu un robot"
        "|etes vous un robot|etes vous humain|que peux tu faire|que pouvez vous faire|qu'est ce que tu peux faire"
        "|pouvez vous m'aider|peux tu m'aider|aide|j ai une question|aidez moi",
    },
    "es": {
        Courtesy.NOD: "vale|perfecto|muy bien|genial|si|de acuerdo|entendido|por favor|a todos",
        Courtesy.GREETING: "hola|buenas|buenos dias|buenas tardes|buen dia|que tal|como estas|como esta|como esta usted|encantado",
        Courtesy.THANKS: "gracias|muchas gracias|muchisimas gracias|mil gracias|gracias por su ayuda|gracias por tu ayuda|de antemano"
        "|gracias por todo",
        Courtesy.FAREWELL: "adios|hasta luego|hasta pronto|hasta manana|buenas noches|que tenga un buen dia|nos vemos|chao",
        Courtesy.ABOUT: "quien eres|quien es usted|que eres|como te llamas|como se llama|eres un robot|eres un bot|eres humano"
        "|eres una persona|que puedes hacer|que sabes hacer|me puedes ayudar|puedes ayudarme|puede ayudarme|ayuda"
        "|tengo una pregunta|en que puedes ayudarme",
    },
    "it": {
        Courtesy.NOD: "va bene|perfetto|ottimo|si|capito|per favore|a tutti|d'accordo",
        Courtesy.GREETING: "ciao|salve|buongiorno|buon giorno|buonasera|buona sera|come stai|come sta|come va|piacere",
        Courtesy.THANKS: "grazie|grazie mille|molte grazie|tante grazie|grazie tante|grazie per l'aiuto|grazie dell'aiuto|ti ringrazio"
        "|la ringrazio|in anticipo",
        Courtesy.FAREWELL: "arrivederci|a presto|a dopo|buona giornata|buona serata|buona notte|buonanotte|ci vediamo",
        Courtesy.ABOUT: "chi sei|lei chi e|cosa sei|come ti chiami|come si chiama|sei un robot|sei un bot|sei umano|sei una persona"
        "|cosa sai fare|cosa puoi fare|che cosa puoi fare|mi puoi aiutare|puoi aiutarmi|puo aiutarmi|aiuto|ho una domanda",
    },
    "pt": {
        Courtesy.NOD: "perfeito|otimo|muito bem|sim|entendi|por favor|a todos|esta bem",
        Courtesy.GREETING: "ola|oi|bom dia|boa tarde|boa noite|tudo bem|como vai|como esta voce|como voce esta|e ai",
        Courtesy.THANKS: "obrigado|obrigada|muito obrigado|muito obrigada|obrigado pela ajuda|obrigada pela ajuda|valeu|agradeco",
        Courtesy.FAREWELL: "tchau|adeus|ate logo|ate breve|ate mais|ate amanha|tenha um bom dia",
        Courtesy.ABOUT: "quem es tu|quem e voce|o que e voce|como te chamas|qual e o seu nome|voce e um robo|es um robo|voce e humano"
        "|o que voce pode fazer|o que podes fazer|pode me ajudar|podes ajudar me|ajuda|tenho uma pergunta|pode ajudar me",
    },
    "nl": {
        Courtesy.NOD: "prima|goed|top|ja|nee|begrepen|alsjeblieft|alstublieft|allemaal|duidelijk|beste",
        Courtesy.GREETING: "hoi|goedemorgen|goedemiddag|goedenavond|goedendag|dag|hoe gaat het|hoe gaat het met je|hallo daar"
        "|hoe gaat het met u|aangenaam",
        Courtesy.THANKS: "bedankt|dank je|dank je wel|dankjewel|dank u|dank u wel|dankuwel|hartelijk dank|heel erg bedankt|alvast"
        "|alvast bedankt|hartelijk bedankt|bedankt voor de hulp|bedankt voor je hulp",
        Courtesy.FAREWELL: "doei|tot ziens|tot straks|tot later|tot snel|fijne dag|een fijne dag|fijne avond|goedenacht|welterusten"
        "|fijne dag nog|een fijne dag nog",
        Courtesy.ABOUT: "wie ben je|wie bent u|wat ben je|hoe heet je|hoe heet u|ben je een robot|ben je een bot|ben je een mens"
        "|bent u een mens|wat kun je|wat kan je|wat kun je doen|kun je me helpen|kunt u mij helpen|hulp"
        "|help mij|ik heb een vraag",
    },
    "pl": {
        Courtesy.NOD: "dobrze|swietnie|super|tak|nie|rozumiem|prosze|jasne",
        Courtesy.GREETING: "czesc|dzien dobry|dobry wieczor|witam|witaj|jak sie masz|co slychac|jak leci",
        Courtesy.THANKS: "dziekuje|dzieki|dziekuje bardzo|bardzo dziekuje|wielkie dzieki|z gory dziekuje|dziekuje za pomoc",
        Courtesy.FAREWELL: "do widzenia|na razie|do zobaczenia|milego dnia|dobranoc|pa|papa",
        Courtesy.ABOUT: "kim jestes|kto ty|jak masz na imie|jak sie nazywasz|czy jestes robotem|czy jestes botem|czy jestes czlowiekiem"
        "|co potrafisz|co umiesz|czy mozesz mi pomoc|mozesz mi pomoc|pomoc|pomocy|mam pytanie",
    },
    "ru": {
        Courtesy.NOD: "хорошо|отлично|понятно|да|нет|пожалуиста|ясно|супер",
        Courtesy.GREETING: "привет|здравствуи|здравствуите|добрыи день|доброе утро|добрыи вечер|как дела|как вы|как ты",
        Courtesy.THANKS: "спасибо|большое спасибо|спасибо большое|благодарю|благодарю вас|спасибо за помощь|заранее спасибо",
        Courtesy.FAREWELL: "пока|до свидания|до встречи|всего доброго|хорошего дня|спокоинои ночи",
        Courtesy.ABOUT: "кто ты|кто вы|что ты такое|как тебя зовут|как вас зовут|ты бот|ты робот|вы робот|ты человек|вы человек"
        "|что ты умеешь|что вы умеете|помоги мне|помогите|вы можете мне помочь|помощь|у меня вопрос",
    },
    "tr": {
        Courtesy.NOD: "tamam|harika|guzel|evet|hayır|anladım|lutfen|peki",
        Courtesy.GREETING: "merhaba|selam|gunaydın|iyi gunler|iyi aksamlar|nasılsın|nasılsınız|ne haber",
        Courtesy.THANKS: "tesekkurler|tesekkur ederim|cok tesekkurler|cok tesekkur ederim|sag ol|sag olun|sagol|simdiden tesekkurler",
        Courtesy.FAREWELL: "hosca kal|hoscakal|gorusuruz|gule gule|iyi geceler|kendine iyi bak",
        Courtesy.ABOUT: "sen kimsin|kimsin|siz kimsiniz|adın ne|adınız ne|bot musun|robot musun|insan mısın|ne yapabilirsin"
        "|neler yapabilirsin|bana yardım eder misin|yardım|bir sorum var",
    },
    "sv": {
        Courtesy.NOD: "bra|toppen|ja|nej|forstar|okej",
        Courtesy.GREETING: "hej|hejsan|god morgon|god kvall|tjena|hur mar du|hur ar det",
        Courtesy.THANKS: "tack|tack sa mycket|tusen tack|tack for hjalpen",
        Courtesy.FAREWELL: "hej da|vi ses|ha en bra dag|god natt",
        Courtesy.ABOUT: "vem ar du|vad heter du|ar du en robot|ar du en manniska|vad kan du gora|kan du hjalpa mig|hjalp",
    },
    "cs": {
        Courtesy.NOD: "dobre|skvele|ano|ne|rozumim|prosim",
        Courtesy.GREETING: "ahoj|dobry den|dobre rano|dobry vecer|jak se mate|jak se mas",
        Courtesy.THANKS: "dekuji|diky|dekuju|mockrat dekuji|dekuji mnohokrat|dekuji za pomoc",
        Courtesy.FAREWELL: "na shledanou|nashledanou|mejte se|hezky den|dobrou noc",
        Courtesy.ABOUT: "kdo jsi|kdo jste|jak se jmenujes|jsi robot|co umis|muzete mi pomoci|pomoc",
    },
    "ja": {
        Courtesy.NOD: "はい|いいえ|わかりました|了解です",
        Courtesy.GREETING: "こんにちは|こんばんは|おはようございます|おはよう|はじめまして|もしもし|お元気ですか",
        Courtesy.THANKS: "ありがとうございました|ありがとうございます|ありがとう|どうも|助かりました",
        Courtesy.FAREWELL: "さようなら|さよなら|またね|おやすみなさい|失礼します",
        Courtesy.ABOUT: "あなたは誰ですか|あなたは誰|誰ですか|お名前は|名前は何ですか|何ができますか|あなたはロボットですか|助けてください",
    },
    "zh": {
        Courtesy.NOD: "好的|好|是的|明白了|知道了|可以",
        Courtesy.GREETING: "你好|您好|早上好|下午好|晚上好|大家好|嗨|在吗",
        Courtesy.THANKS: "谢谢你|谢谢您|谢谢|非常感谢|多谢|感谢|太感谢了",
        Courtesy.FAREWELL: "再见|拜拜|晚安|回头见",
        Courtesy.ABOUT: "你是谁|您是谁|你叫什么名字|你叫什么|你能做什么|你会做什么|你是机器人吗|你是人吗|你可以帮我吗|帮助|我有一个问题",
    },
    "ko": {
        Courtesy.NOD: "네|아니요|알겠습니다",
        Courtesy.GREETING: "안녕하세요|안녕|반갑습니다|좋은 아침입니다",
        Courtesy.THANKS: "감사합니다|고맙습니다|고마워요|고마워",
        Courtesy.FAREWELL: "안녕히 계세요|안녕히 가세요|잘 가|수고하세요",
        Courtesy.ABOUT: "누구세요|당신은 누구입니까|너는 누구야|이름이 뭐예요|무엇을 할 수 있어요|도와주세요",
    },
}  # fmt: skip
_REPLIES = {
    "en": ("How can I help?", "Hello! What would you like to know?", "You’re welcome! Ask me whenever you like.", "Goodbye! Come back whenever you have a question.",
           "I am an assistant that answers from the documents I was given and shows where each answer stands. What would you like to know?"),
    "de": ("Wie kann ich helfen?", "Hallo! Was möchten Sie wissen?", "Gern geschehen! Fragen Sie jederzeit wieder.", "Auf Wiedersehen! Kommen Sie mit Fragen gern wieder.",
           "Ich bin ein Assistent, der aus den Dokumenten antwortet, die man mir gegeben hat, und zeigt, wo jede Antwort steht. Was möchten Sie wissen?"),
    "fr": ("Comment puis-je vous aider ?", "Bonjour ! Que souhaitez-vous savoir ?", "Avec plaisir ! Posez-moi vos questions quand vous voulez.", "Au revoir ! Revenez quand vous avez une question.",
           "Je suis un assistant qui répond à partir des documents qu’on m’a donnés et qui montre où se trouve chaque réponse. Que souhaitez-vous savoir ?"),
    "es": ("¿En qué puedo ayudar?", "¡Hola! ¿Qué desea saber?", "¡De nada! Pregúnteme cuando quiera.", "¡Hasta luego! Vuelva cuando tenga una pregunta.",
           "Soy un asistente que responde a partir de los documentos que me dieron y muestra dónde está cada respuesta. ¿Qué desea saber?"),
    "it": ("Come posso aiutare?", "Buongiorno! Che cosa desidera sapere?", "Prego! Chieda pure quando vuole.", "Arrivederci! Torni quando ha una domanda.",
           "Sono un assistente che risponde dai documenti che mi sono stati dati e mostra dove si trova ogni risposta. Che cosa desidera sapere?"),
    "pt": ("Como posso ajudar?", "Olá! O que deseja saber?", "De nada! Pergunte sempre que quiser.", "Até logo! Volte quando tiver uma pergunta.",
           "Sou um assistente que responde a partir dos documentos que me deram e mostra onde está cada resposta. O que deseja saber?"),
    "nl": ("Waarmee kan ik helpen?", "Hallo! Wat wilt u weten?", "Graag gedaan! Vraag gerust wanneer u wilt.", "Tot ziens! Kom terug wanneer u een vraag hebt.",
           "Ik ben een assistent die antwoordt uit de documenten die ik heb gekregen en laat zien waar elk antwoord staat. Wat wilt u weten?"),
    "pl": ("W czym mogę pomóc?", "Dzień dobry! O co chcesz zapytać?", "Nie ma za co! Pytaj, kiedy chcesz.", "Do widzenia! Wróć, gdy pojawi się pytanie.",
           "Jestem asystentem, który odpowiada na podstawie otrzymanych dokumentów i pokazuje, gdzie jest każda odpowiedź. O co chcesz zapytać?"),
    "ru": ("Чем могу помочь?", "Здравствуйте! Что вы хотите узнать?", "Пожалуйста! Спрашивайте в любое время.", "До свидания! Возвращайтесь, если появится вопрос.",
           "Я помощник, который отвечает по переданным мне документам и показывает, где находится каждый ответ. Что вы хотите узнать?"),
    "tr": ("Nasıl yardımcı olabilirim?", "Merhaba! Ne öğrenmek istersiniz?", "Rica ederim! İstediğiniz zaman sorun.", "Hoşça kalın! Sorunuz olursa yine gelin.",
           "Bana verilen belgelerden yanıt veren ve her yanıtın nerede yazdığını gösteren bir asistanım. Ne öğrenmek istersiniz?"),
    "sv": ("Hur kan jag hjälpa till?", "Hej! Vad vill du veta?", "Varsågod! Fråga när du vill.", "Hej då! Kom tillbaka när du har en fråga.",
           "Jag är en assistent som svarar utifrån de dokument jag har fått och visar var varje svar står. Vad vill du veta?"),
    "cs": ("Jak mohu pomoci?", "Dobrý den! Co chcete vědět?", "Rádo se stalo! Ptejte se, kdykoli chcete.", "Na shledanou! Vraťte se, až budete mít otázku.",
           "Jsem asistent, který odpovídá z dokumentů, které dostal, a ukazuje, kde každá odpověď stojí. Co chcete vědět?"),
    "ja": ("ご用件をどうぞ。", "こんにちは！何をお知りになりたいですか。", "どういたしまして！いつでもご質問ください。", "さようなら！ご質問があればまたどうぞ。",
           "渡された資料からお答えし、答えの出典を示すアシスタントです。何をお知りになりたいですか。"),
    "zh": ("请问有什么可以帮您？", "您好！您想了解什么？", "不客气！随时可以提问。", "再见！有问题欢迎再来。", "我是根据所给文档回答问题并标明出处的助手。您想了解什么？"),
    "ko": ("무엇을 도와드릴까요?", "안녕하세요! 무엇이 궁금하세요?", "천만에요! 언제든지 물어보세요.", "안녕히 가세요! 궁금한 점이 있으면 다시 찾아주세요.",
           "저는 받은 문서를 바탕으로 답하고 답이 어디에 있는지 보여 드리는 도우미입니다. 무엇이 궁금하세요?"),
}  # fmt: skip
_LONGEST_MESSAGE = 120
_APOSTROPHE = re.compile(r"['\u2019]")
_BETWEEN = re.compile(r"[\W_]+")
_UNSPACED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")  # Korean stands here taken apart, as folding leaves it


def _plain(text: str) -> str:
    """A text as phrases are compared: folded, without marks."""
    return _BETWEEN.sub(" ", fold(_APOSTROPHE.sub("", text))).strip()


_PHRASES = {
    _plain(phrase): SmallTalk(kind=kind, language=language)
    for language, kinds in reversed(_SAID.items())  # a word that two languages share is the first one's
    for kind, said in kinds.items()
    for phrase in said.split("|")
}
_LONGEST = max(map(len, _PHRASES))


def small_talk_in(message: str) -> SmallTalk | None:
    """What a message says that asks nothing; None as soon as anything else stands in it."""
    if len(message) > _LONGEST_MESSAGE:
        return None
    rest = _plain(message)
    said: list[SmallTalk] = []
    while rest:
        phrase = _opening(rest)
        if not phrase:
            return None
        said.append(_PHRASES[phrase])
        rest = rest[len(phrase) :].lstrip()
    best = max(said, key=lambda one: one.kind, default=None)
    return best if best is None or best.kind is not Courtesy.NOD or len(said) == 1 else said[0]


def reply_to(talk: SmallTalk) -> str:
    """The short reply, in the language of the message."""
    return _REPLIES[talk.language][talk.kind]


def _opening(text: str) -> str:
    """The longest phrase that a text begins with; one that ends within a word does not count."""
    for length in range(min(_LONGEST, len(text)), 0, -1):
        phrase = text[:length]
        if phrase in _PHRASES and (length == len(text) or text[length] == " " or _UNSPACED.match(phrase)):
            return phrase
    return ""
