"""Thanks, praise, greetings and goodbyes with what people add to them are small talk; as soon as they ask, they are not."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from emporion.agents.knowledge.courtesy import Courtesy, small_talk_in
from emporion.agents.runtime.tests.test_chat import ask, final

ADDED = [
    ("en", "THANKS", "thanks, you are great"),
    ("en", "THANKS", "Thank you so much, that was really helpful!"),
    ("en", "THANKS", "That's very kind of you, I appreciate it."),
    ("en", "THANKS", "You're awesome 🙏"),
    ("en", "FAREWELL", "Thanks for your time, have a great weekend!"),
    ("en", "GREETING", "Hello again, hope you are well"),
    ("de", "THANKS", "Vielen Dank, das hilft mir sehr!"),
    ("de", "THANKS", "Danke, sehr freundlich von Ihnen"),
    ("de", "THANKS", "Super, danke für die schnelle Antwort! Du bist toll."),
    ("de", "FAREWELL", "Danke, schönen Tag noch! Viele Grüße"),
    ("fr", "THANKS", "merci beaucoup, c'est très gentil"),
    ("fr", "THANKS", "Merci infiniment, vous m’avez beaucoup aidé."),
    ("fr", "FAREWELL", "Merci pour ces informations, bonne fin de journée"),
    ("es", "THANKS", "Muchas gracias, muy amable"),
    ("es", "THANKS", "Gracias, eso me ayuda mucho. Eres genial."),
    ("es", "FAREWELL", "Muchas gracias por su respuesta, ¡que le vaya bien!"),
    ("it", "THANKS", "Grazie mille, molto gentile!"),
    ("it", "FAREWELL", "Grazie infinite per le informazioni e buon lavoro"),
    ("pt", "THANKS", "Muito obrigado, ajudou muito!"),
    ("pt", "FAREWELL", "Obrigada pela atenção, tenha um ótimo dia"),
    ("nl", "THANKS", "Hartelijk dank, heel vriendelijk van u"),
    ("nl", "THANKS", "Bedankt, je bent geweldig"),
    ("pl", "THANKS", "Dziękuję bardzo, to bardzo miłe z twojej strony"),
    ("ru", "THANKS", "Спасибо огромное, вы мне очень помогли!"),
    ("tr", "THANKS", "Çok teşekkür ederim, çok naziksiniz"),
    ("sv", "THANKS", "Tack så mycket, det var snällt"),
    ("cs", "THANKS", "Moc děkuji, to mi pomohlo"),
    ("ja", "THANKS", "ありがとうございます、とても助かりました"),
    ("zh", "THANKS", "谢谢，你真好！"),
    ("ko", "THANKS", "감사합니다, 정말 친절하시네요"),
    ("ar", "GREETING", "السلام عليكم"),
    ("ar", "THANKS", "شكراً جزيلاً!"),
    ("th", "GREETING", "สวัสดีครับ"),
    ("th", "THANKS", "ขอบคุณมากค่ะ"),
]
ASKING = [
    "Thanks! How long is the warranty?",
    "You are great, but what does shipping cost?",
    "Thanks, that is the price?",
    "That was not helpful",
    "You are not very helpful",
    "Das hilft mir nicht",
    "Danke, das ist zu teuer",
    "Vielen Dank, das hilft mir sehr! Und was kostet der Versand?",
    "Gracias, muy amable, ¿y cuánto cuesta?",
    "Merci, c'est combien ?",
    "Merci beaucoup, c'est très gentil, mais quand ouvrez-vous ?",
    "Grazie, è utile per i bambini?",
    "Obrigado, isso ajuda com a garantia?",
    "谢谢，保修期多长？",
    "ありがとうございます。保証期間は？",
]


@pytest.mark.requirement("BUY-23")
@pytest.mark.parametrize(("language", "kind", "message"), ADDED)
def test_thanks_praise_and_goodbyes_with_small_additions_are_small_talk(language: str, kind: str, message: str) -> None:
    said = small_talk_in(message)
    assert said
    assert (said.language, said.kind) == (language, Courtesy[kind])


@pytest.mark.requirement("BUY-17", "BUY-23")
@pytest.mark.parametrize("message", ASKING)
def test_whoever_thanks_and_asks_is_asking(message: str) -> None:
    assert small_talk_in(message) is None


@pytest.mark.requirement("BUY-23")
def test_praise_in_the_chat_gets_its_short_reply_and_a_question_after_thanks_its_answer(
    alice_client: Client, agent_id: UUID, teach: Callable[[str, str], UUID]
) -> None:
    teach("warranty.md", "# Warranty\n\nThe warranty is two years long, from the day of the delivery.")
    for message, reply in (
        ("Muchas gracias, muy amable", "¡De nada!"),
        ("thanks, you are great", "You’re welcome!"),
        ("Vielen Dank, das hilft mir sehr!", "Gern geschehen!"),
        ("merci beaucoup, c'est très gentil", "Avec plaisir"),
    ):
        assert reply in final(ask(alice_client, agent_id, message))["html"]
    assert "two years" in final(ask(alice_client, agent_id, "Thanks! How long is the warranty?"))["html"]
