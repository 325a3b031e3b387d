"""Who asks outright for a person is understood in every language of small talk; who asks about persons is not."""

import pytest

from emporion.agents.knowledge.courtesy import small_talk_in
from emporion.agents.knowledge.types import Standing
from emporion.agents.knowledge.wishes import reply_to_wish, wish_for_person_in

pytestmark = pytest.mark.requirement("BUY-17")

WISHES = [
    ("en", "Can I speak to a person please?"),
    ("en", "can i talk to a real human"),
    ("en", "I'd like to speak with someone from your team"),
    ("en", "I want to talk to a human being, not a bot!"),
    ("en", "Could you put me through to somebody?"),
    ("en", "human please"),
    ("en", "I need a human agent"),
    ("en", "Is it possible to chat with a live agent instead?"),
    ("en", "Hi! My order never came. Can I talk to a person about my refund?"),
    ("de", "Kann ich bitte mit einem Menschen sprechen?"),
    ("de", "Ich möchte mit einem Mitarbeiter reden"),
    ("de", "Bitte verbinden Sie mich mit jemandem aus dem Team."),
    ("fr", "Puis-je parler à une personne, s'il vous plaît ?"),
    ("fr", "Je voudrais parler à quelqu’un de votre équipe"),
    ("fr", "Est-ce que je peux parler avec un conseiller ?"),
    ("es", "¿Puedo hablar con una persona, por favor?"),
    ("es", "Quiero hablar con alguien"),
    ("it", "Posso parlare con una persona?"),
    ("it", "Vorrei parlare con un operatore, per favore"),
    ("pt", "Posso falar com uma pessoa, por favor?"),
    ("pt", "Quero falar com um atendente"),
    ("nl", "Kan ik met een mens spreken?"),
    ("nl", "Ik wil graag een medewerker spreken"),
    ("pl", "Czy mogę porozmawiać z człowiekiem?"),
    ("pl", "Chcę rozmawiać z konsultantem"),
    ("ru", "Могу я поговорить с человеком?"),
    ("ru", "Соедините меня с оператором, пожалуйста"),
    ("tr", "Bir insanla konuşabilir miyim?"),
    ("tr", "Müşteri temsilcisiyle görüşmek istiyorum"),
    ("sv", "Kan jag få prata med en människa?"),
    ("cs", "Můžu mluvit s člověkem, prosím?"),
    ("ja", "人と話したいです"),
    ("ja", "オペレーターにつないでください"),
    ("zh", "我可以和真人说话吗？"),
    ("zh", "请转人工客服"),
    ("ko", "사람과 이야기하고 싶어요"),
    ("ko", "상담원 연결해 주세요"),
    ("ar", "أريد التحدث مع شخص حقيقي"),
    ("ar", "هل يمكنني التحدث إلى موظف؟"),
    ("th", "ขอคุยกับเจ้าหน้าที่"),
    ("th", "อยากคุยกับคนจริงๆ ครับ"),
]
QUESTIONS = [
    "How many people work here?",
    "Which person is responsible for refunds?",
    "Who can I speak to about a refund?",
    "How can I contact a person in support?",
    "How do I reach the team?",
    "Can visitors talk to a human?",
    "Can I talk to a human on the Starter plan?",
    "Do I need a representative?",
    "I need a representative?",
    "Can staff chat with each other?",
    "contact person",
    "support agent",
    "Can I speak to a person, and what does a call cost?",
    "What does shipping to Japan cost? And can I talk to a person?",
    "Is a person allowed to have two accounts?",
    "How much is the plan per person?",
    "Welche Person ist für Rückgaben zuständig?",
    "Wie viele Menschen arbeiten hier?",
    "Brauche ich einen Mitarbeiter?",
    "Mit wem kann ich über eine Erstattung sprechen?",
    "Combien de personnes travaillent ici ?",
    "Quelle personne est responsable des remboursements ?",
    "¿Cuántas personas trabajan aquí?",
    "¿Qué persona es responsable de los reembolsos?",
    "Quante persone lavorano qui?",
    "Quantas pessoas trabalham aqui?",
    "Hoeveel mensen werken hier?",
    "Ile osób tutaj pracuje?",
    "Burada kaç kişi çalışıyor?",
    "这里有多少人工作？",
    "何人が働いていますか",
    "Are you a person?",
    "Thanks!",
    "",
    "?",
]


@pytest.mark.parametrize(("language", "message"), WISHES)
def test_who_asks_for_a_person_is_understood_in_their_language(language, message):
    assert wish_for_person_in(message) == language
    assert small_talk_in(message) is None


@pytest.mark.parametrize("message", QUESTIONS)
def test_a_question_about_persons_goes_to_the_documents(message):
    assert wish_for_person_in(message) is None


def test_there_is_a_reply_for_every_language_and_however_it_stands():
    replies = {reply_to_wish(language, standing) for language in dict(WISHES) for standing in Standing}
    assert len(replies) == 3 * len(dict(WISHES))


@pytest.mark.requirement("BUY-23")
@pytest.mark.parametrize(
    "message",
    [
        "thanks, that's all I wanted to know",
        "Great, that answers my question. Thank you!",
        "no, that’s all for now",
        "Danke, das war alles, was ich wissen wollte",
        "Merci, c'est tout ce que je voulais savoir",
        "Gracias, eso es todo lo que quería saber.",
        "Grazie, è tutto quello che volevo sapere",
        "Obrigado, era só isso",
        "Bedankt, dat is alles wat ik wilde weten",
        "Dziękuję, to wszystko, co chciałem wiedzieć",
        "Спасибо, это всё, что я хотел узнать",
        "Teşekkürler, hepsi bu kadar",
        "Tack, det var allt jag ville veta",
        "Děkuji, to je vše, co jsem chtěl vědět",
        "ありがとうございます。それだけです。",
        "谢谢，我想知道的就这些",
        "감사합니다, 이게 다예요",
    ],
)
def test_who_has_what_they_wanted_is_taken_as_thanking(message):
    assert small_talk_in(message).kind.name == "THANKS"
