"""Words of many languages made comparable: folded, stemmed, without the small words; what is unspaced as `unspaced` cuts it."""

import re
import threading
import unicodedata
from collections.abc import Collection
from functools import lru_cache

import snowballstemmer
from rapidfuzz.distance import OSA

from .unspaced import HAN, HANGUL, THAI, has_kana, small_words, words_of

_STOP_LISTS = {
    "en": """a about after all also am an and any are as at be because been before being but by can could d did do does doing done down each for from
        get got had has have having he her here him his how i if in into is it its just ll m may me might more most must my no nor not of off
        on once only or other our out over own re s same shall she should so some such t than that the their them then there these they this
        those through to too under until up us ve very was we were what when where which while who whom why will with would you your please
        tell explain say says know want need much many""",  # noqa: E501 - words, as they are listed
    "de": """aber alle als also am an auch auf aus bei bekomme bekommt bin bis bist da damit dann das dass dein dem den denn der des die dies diese
        dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch für gibt habe haben hat hatte hier ich ihm ihn ihr im in
        ist ja jede jeder kann kannst kein keine können könnte machen man mein meine mich mir mit muss müssen nach nicht noch nur ob oder ohne
        sein seine sich sie sind so soll sollte über um und uns unser unsere unter viel viele vom von vor wann warum was welche welchem welchen
        welcher welches wenn wer werden wie wieviel wir wird wo wozu zu zum zur""",  # noqa: E501 - words, as they are listed
    "fr": """à ai as au aux avec avez avoir bien c ce ces cet cette comment combien d dans de des dois doit donc du elle elles en est et être eu faire
        fait faut il ils j je l la le les leur lui m ma mais me mes moi mon n ne nos notre nous on ont ou où par pas peut peux plus pour pourquoi
        puis-je puis qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une va vos votre
        vous y a""",  # noqa: E501 - words, as they are listed
    "es": """a al algo como cómo con cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas cuántas cuanto cuánto cuantos cuántos de del desde
        donde dónde el él ella ellos en entre era es esa ese eso esta está están estas este esto estos fue ha hacer hace hay la las le les lo los
        me mi mis muy más no nos nuestra nuestro o para pero por porque puede puedo que qué quien quién quienes se sea ser si sí sin sobre son
        soy su sus también te tengo tiene tu tus un una uno unos y ya yo""",  # noqa: E501 - words, as they are listed
    "it": """a ad ai al alla alle agli anche che chi ci come con cosa cui da dal dalla dei del della delle devo di dove e è ed essere fare gli ha
        hanno ho i il in io la le lo loro ma mi mia mio ne nel nella noi non nostra nostro o per perché più posso può quale quali quando quanta
        quante quanti quanto questa questo se si sono su sua sul sulla suo tra tu un una uno vi voi""",  # noqa: E501 - words, as they are listed
    "pt": """à a ao aos as às até com como da das de do dos e é ela ele eles em entre essa esse esta está este eu faço fazer foi há isso isto já lhe
        mais mas me meu meus minha muito na nas não no nos nós nossa nosso o onde os ou para pela pelo pode podem por porque posso qual quais
        quando quanta quantas quanto quantos que quê quem se sem ser seu sua são são sobre também te tem tenho um uma você vocês""",  # noqa: E501 - words, as they are listed
    "nl": """aan al alle als bij ben dan dat de deze die dit doe door een en er gaat geen geldt had heb hebben heeft het hier hij hoe hoeveel ik in
        is ja je jij jullie kan kunnen maar me meer met mij mijn moet moeten na naar niet nog nu of om onder ons onze ook op over te tot u uit uw
        van veel voor waar waarom waarvoor wanneer wat we welk welke werd wie wij wil word worden wordt zal ze zich zij zijn zo zonder""",  # noqa: E501 - words, as they are listed
    "pl": """a aby ale albo bez bo być był była było by czy co dla do gdy gdzie go ich ile i ich im ja jak jaka jaki jakie jako jest jestem jeśli już kiedy
        komu kogo kto która które którego której który lub ma mam mamy mi mnie mogę może można moja moje mój musi muszę my na nad nam nas nasz nie o
        od oraz po pod przed przez przy się są skąd ta tak także tam te tego tej ten to tu tylko ty tych u w we wy z za ze że żeby
        jakich jakim jakimi będzie będą mogą możemy chcę chciałbym chciałabym proszę gdyby moim moich moją swój swoje swoim ci wam was""",  # noqa: E501 - words, as they are listed
    "tr": """acaba ama ancak bana bazı ben beni benim bir biz bizim bu bunu çok da daha de değil diye en gibi hangi hem hep her hiç için ile ise kaç
        kadar ki kim kime kimin mı mi mu mü misiniz mısınız mıyım ne neden nedir nasıl nerede nereye o olan olarak onu sen siz sonra şu ve veya
        var ya yok yapılır
        miyim muyum müyüm miyiz mıyız musunuz müsünüz istiyorum lazım gerek gerekir gerekiyor olur yapmalıyım yapabilirim bizi size sizi sizde bizde oluyor ediyor eder""",  # noqa: E501 - words, as they are listed
    "sv": """alla att av bara blir de dem den det detta dig din dina du där då efter eller en ett finns får för från gör han har hon hur hur i inte ja jag
        kan man med mellan men mig min mina måste mycket många ni nu när någon något och om oss på sin ska skulle som så till under upp ut
        vad var varför vem vi vilka vilken vilket vill är över
        er era ert hos åt vår våra heter vart""",  # noqa: E501 - words, as they are listed
    "da": """af alle at blev bliver da de dem den der deres det dig din du efter eller en er et for fra får gør har have hvad hvem hvilke hvilken
        hvilket hvis hvor hvordan hvorfor hvornår i ikke ja jeg kan man med men mere mig min mine må mange meget ned nej nogen noget nu når og
        også om op os på sig skal som så til ud under var ved vi vil være over""",  # noqa: E501 - words, as they are listed
    "cs": """a aby ale ani ano bez bude by být co do i jak jaká jaké jaký jako je jeho její jsem jsou k kde kdo kdy když která které který kolik ma mám
        máte má mé mi mít mohu moje můj můžu může na nad nebo není o od pod po pro proč před při s se si tak také ten to tom u už v ve z za ze
        že""",  # noqa: E501 - words, as they are listed
    "ru": """а без бы был была было быть в вам вас весь во вот все вы где да для до его ее если есть еще и из или им их к как какая какие какой когда
        ко кто ли мне можно мой моя мы на над нам нас наш не него нет ни но о об он она они от по под при с сколько со так также там то только
        тот ту ты у уже чего чем что чтобы эта эти это этот я меня мои могу нужно
        за через про хочу хотел хотела ваш ваша ваше ваши наше наши свой своя свое свои своим нужна нужен нужны надо будет будут можете могут может сам сама ведь раз пожалуйста этого этой того той кого кому каких каким""",  # noqa: E501 - words, as they are listed
    "ar": """في من على عن الى إلى مع هل ما ماذا متى كم كيف اين أين اي أي أية من الذي التي الذين هو هي هم نحن انا أنا انت أنت انتم أنتم هذا هذه ذلك تلك هنا
        هناك ان أن إن كان كانت يكون تكون قد لقد لا لم لن ليس ليست غير او أو ام ثم و ف ب ل ك بعد قبل عند عندكم عندي لدي لديكم لدينا لدى حتى اذا إذا كل
        بعض جميع اكثر أكثر اقل بين منذ خلال حول يمكن يمكنني يمكنكم ممكن استطيع أستطيع نستطيع يستطيع اريد أريد نريد ارغب أرغب يجب علي عليكم لي لنا لكم
        لك له لها به بها منه منها فيه فيها عنه عنها هنالك توجد يوجد لماذا مثل فقط ايضا أيضا اما أما نفس نفسه نفسها التى عليه عليها يا كذلك سوف وهو وهي
        وهل فهل بكم الان الآن رجاء فضلك افعل أفعل اخبرني أخبرني اعرف أعرف يتم تم دون بدون""",  # noqa: E501 - words, as they are listed
    "uk": """а або але б би без був була були було бути в вам вас ваш ваша ваше ваші вже ви від він вона вони воно все всі да де для до є ж з за зі й і із
        її їм їх його йому інші як яка яке які який якщо кого коли котрий кому куди ким ласка лише мати мене мені ми мій моя моє мої можу може можна
        можемо можете на над нам нас наш наша наше наші не нема немає ні них о об один одна одно по под при про під скільки собі так також там те
        ти тим то того той тому ту у хто це цей ця ці цього чи чого чому через що щоб щось я якої яких якого якому треба потрібно хочу маю маєте""",  # noqa: E501 - words, as they are listed
    "el": """α αλλά αν ανά από αυτά αυτές αυτή αυτήν αυτό αυτός αυτού για γιατί δεν δε είμαι είμαστε είναι είστε εγώ εδώ εκεί εμάς εμείς ένα έναν ένας
        εσάς εσείς εσύ ή η ήταν θα θέλω και κάθε κάνει κάνω κάποιο κάποιος κάτι μας με μέσα μετά μη μην μία μια μου μπορεί μπορούμε μπορώ να ναι ο οι
        όμως όταν ότι όχι πάω πιο ποια ποιες ποιο ποιοι ποιος πόσα πόσες πόση πόσο πόσοι πότε που πού πρέπει προς πώς πως σας σε στα στη στην στις
        στο στον στους σου τα τη την της τι τις το τον του τους των υπάρχει υπάρχουν χωρίς ως έχει έχετε έχουν έχω έχουμε κι εάν""",  # noqa: E501 - words, as they are listed
    "he": """אבל או אותי אותו אותם אותנו אחרי אי אין איך איפה אל אלה אם אנחנו אני אצלכם את אתה אתם אתן ב בין בלי גם ה הוא היא היה היו היום הם הן הזה הזאת ו זאת
        זה זו יהיה יכול יכולה יש כ כאן כדי כי כל כמה כן ל לא לי לכם לנו למה לפני לפי מ מאוד מה מהו מהי מי מתי נו על עד עוד עם צריך צריכה רוצה רק ש של שלי
        שלכם שלנו שם תוך האם איזה איזו אילו אפשר ניתן""",  # noqa: E501 - words, as they are listed
    "hi": """अगर अपना अपनी अपने अब आप आपका आपकी आपके इस इसका इसके उन उनका उस उसका एक ऐसा और कब कभी करता करना करने कर का कि किस किसी की कितना कितनी कितने कैसे कैसा को कौन
        कौनसा क्या क्यों कहाँ कहां चाहिए जब जहाँ जा जो तक तो था थी थे दो नहीं ने पर पास बाद भी मुझे मेरा मेरी मेरे मैं में यदि यह यहाँ या ये रहा रहे लिए वह वे वो सकता
        सकती सकते साथ से हम हमारा हमारी हमारे हर ही हुआ है हैं हो होगा होता होती होते हूँ""",  # noqa: E501 - words, as they are listed
}  # fmt: skip
_STEMMERS = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese", "nl": "dutch",
    "pl": "polish", "tr": "turkish", "sv": "swedish", "da": "danish", "cs": "czech", "ru": "russian",
    "ar": "arabic", "el": "greek", "hi": "hindi",
}  # fmt: skip
_OWN_LETTERS = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "pl": "ąćęłńśźż", "tr": "ğşı", "da": "øæ", "cs": "ěřůťď",
}  # fmt: skip
_ARABIC_MARKS = "\u0640\u064b-\u065f\u0670"  # the short vowels, and what stretches a word
_MARKS = rf"{_ARABIC_MARKS}\u0591-\u05c7\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # Hebrew's, and the vowels of Hindi
_UNSPACED = f"{HAN}{HANGUL}{THAI}"
_LETTERS = rf"(?:[^\W_{_UNSPACED}][{_MARKS}]*)+"
_TOKEN = re.compile(rf"[{HAN}]+|[{HANGUL}]+|[{THAI}]+|{_LETTERS}(?:[.'\u2019]{_LETTERS})*|_+[^\W_{_UNSPACED}]+", re.UNICODE)
_HYPHENATED = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+)+\b")
_LONGEST_JOINED = 10
_TELLING_SHARE = 0.03  # prose has 30 to 50 % of small words, a manual full of code 15 %
_MEASURED = re.compile(r"(\d+)([kmcd]?[glm]|[kmgt]b|k?wh?|min|h|s)", re.IGNORECASE)  # `250g` is written `250 g`, too
_IN_TOKEN = re.compile(r"[.'\u2019]")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_IS_CJK = re.compile(rf"[{HAN}{HANGUL}]")
_KEPT_MARK = re.compile("[\u3099\u309a\u0900-\u097f\u0e00-\u0e7f]")  # those of the kana, of Hindi and of Thai make another letter
_SHORT_I = ("и\u0306", "й")  # as one letter: the endings of Russian and Ukrainian are told by it
_ARTICLE = re.compile(r"[وف]?(?:[بك]?ال|لل)(?=\w{3})")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")), ("ko", re.compile(r"[\uac00-\ud7af]")), ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")), ("ar", re.compile(r"[\u0600-\u06ff]")), ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")), ("he", re.compile(r"[\u0590-\u05ff]")), ("hi", re.compile(r"[\u0900-\u097f]")),
)  # fmt: skip
NOT_LATIN = frozenset(language for language, _ in _SCRIPTS)
_BY_SCRIPT = {"ja", "ko", "zh", "ar", "th", "el", "he", "hi"}  # alone, without their small words
_UKRAINIAN_ENDING = re.compile(
    r"(?:[ауюиіея]ми|[оеє]ві|[еоії]му|[оеє]ю|ого|ими|іми|ість|ості|істю|ння|нню|[аеиії]х|[аяи]м|[оеє]м|[иії]й|ів|ти|ємо|ємо|[еєиі]ть|[ую]ть"
    r"|[иі]мо|[иеє]ш|[аяиіу]л[аои]?|[аеиоуіюяьйєї])$"
)
_SHORTEST_STEM = 3
_UKRAINIAN, _RUSSIAN = re.compile("[іїєґІЇЄҐ]"), re.compile("[ыэёъЫЭЁЪ]")
_UNDECOMPOSED = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ى": "ي", "\u0640": ""})


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Lower case without accents; those that make another letter stay."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFKD", word.casefold().translate(_UNDECOMPOSED)).replace(*_SHORT_I)
    bare = "".join(mark for mark in spread if not unicodedata.combining(mark) or _KEPT_MARK.match(mark))
    return unicodedata.normalize("NFC", bare) if has_kana(bare) else bare


STOP_WORDS = {language: frozenset(words.split()) for language, words in _STOP_LISTS.items()} | small_words()
_STOP = {language: frozenset(fold(word) for word in words) for language, words in STOP_WORDS.items()}
_stemming = threading.local()  # a stemmer keeps the word that it works on in itself


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words as written, with runs without spaces cut; `flask.Flask` gives its parts too."""
    found: list[str] = []
    is_japanese = has_kana(text)
    for match in _TOKEN.finditer(text):
        token = match.group()
        if _IS_UNSPACED.match(token):
            found.extend(words_of(token, is_japanese=is_japanese))
            continue
        for part in filter(None, _IN_TOKEN.split(token)):
            measured = _MEASURED.fullmatch(part)
            found.extend(measured.groups() if measured else (part,))
    return tuple(found)


def joined_words(text: str) -> dict[str, tuple[str, ...]]:
    """Short words written with a hyphen, as others write them without one: `Wi-Fi` gives {"WiFi": ("Wi", "Fi")}."""
    found = (match.group().split("-") for match in _HYPHENATED.finditer(text))
    return {"".join(parts): tuple(parts) for parts in found if sum(map(len, parts)) <= _LONGEST_JOINED}


@lru_cache(maxsize=131_072)
def stem(folded: str, language: str) -> str:
    """The stem of a folded word; languages without a stemmer keep the word."""
    if language == "uk":
        return _without_ukrainian_ending(folded)
    name = _STEMMERS.get(language)
    if name is None or not (folded.isalpha() or language == "hi") or len(folded) < 3:
        return folded
    if language == "ar":  # the stemmer takes the ب of بطاقة for a prefix and that of البطاقة not
        folded = _ARTICLE.sub("", folded, count=1)
    stemmers: dict[str, snowballstemmer.stemmer] = _stemming.__dict__.setdefault("stemmers", {})
    if name not in stemmers:
        stemmers[name] = snowballstemmer.stemmer(name)
    return str(stemmers[name].stemWord(folded))


def _without_ukrainian_ending(folded: str) -> str:
    """A word without its commonest endings, for which there is no stemmer."""
    bare = _UKRAINIAN_ENDING.sub("", folded.removesuffix("ся").removesuffix("сь"), count=1)
    return bare if len(bare) >= _SHORTEST_STEM else folded


def is_small_word(folded: str, language: str) -> bool:
    """True for words that say nothing about the subject in that language."""
    return folded in _STOP.get(language, frozenset()) or (len(folded) == 1 and not folded.isdigit() and not _IS_CJK.match(folded))


@lru_cache(maxsize=16_384)
def is_nearly_small_word(folded: str, language: str) -> bool:
    """True for what is one slip of the pen away from a small word of three letters or more."""
    if language in small_words():
        return False
    near = (word for word in _STOP.get(language, ()) if len(word) > 2 and abs(len(word) - len(folded)) <= 1)
    return any(OSA.distance(folded, word, score_cutoff=1) <= 1 for word in near)


def content_words(text: str) -> list[str]:
    """The words as written that say something about the subject, in the text's own language and in English."""
    language = language_of(text)
    return [word for word in words(text) if not is_small_word(fold(word), language) and not is_small_word(fold(word), "en")]


def document_language(text: str) -> str:
    """The language of a document; nothing where too few small words tell, as in a list of prices."""
    language = language_of(text)
    small = STOP_WORDS.get(language)
    if small is None or language in _BY_SCRIPT:
        return language
    present = [match.group().casefold() for match in re.finditer(r"[^\W\d_]+", text)]
    return language if sum(word in small for word in present) >= _TELLING_SHARE * len(present) else ""


def language_of(text: str, *, default: str = "en", likely: Collection[str] = ()) -> str:
    """The language by script, else by its small words; `default` where too few tell, `likely` where two others are as near."""
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > 0.2 * sum(1 for letter in text if letter.isalpha()):
            return _among_written_alike(language, text, default)
    present = [match.group().casefold() for match in re.finditer(r"[^\W\d_]+", text)]
    scores = {language: sum(1 for word in present if word in small) for language, small in STOP_WORDS.items()}
    for language, letters in _OWN_LETTERS.items():
        scores[language] += any(letter in text for letter in letters)
    best = max(scores, key=lambda language: (scores[language], language == default, language in likely))
    return best if scores[best] > scores.get(default, 0) or scores[best] >= 2 else default


def _among_written_alike(language: str, text: str, default: str) -> str:
    """The language of a text whose script, of which `language` is the commonest, others use, too."""
    if language == "zh" and default == "ja" and not _is_chinese(text):
        return "ja"
    if language == "ru" and not _RUSSIAN.search(text):
        present = set(map(fold, words(text)))
        more = len(present & _STOP["uk"]) - len(present & _STOP["ru"])
        return "uk" if _UKRAINIAN.search(text) or more > 0 or (default == "uk" and not more) else "ru"
    return language


def _is_chinese(text: str) -> bool:
    """Whether what is written in Han alone holds a small word of Chinese; 営業時間 may be asked by a Japanese."""
    return any(word in STOP_WORDS["zh"] for word in words(text))
