/* The panel's own words. The agent answers in whatever language it was asked. */
const WORDS = {
  en: ["Close", "Write a question", "Send", "Stop", "Talk to a person", "A person was asked to join. You can go on writing.", "Helpful", "Not helpful", "The chat cannot be reached. Your question is kept; try again.", "Try again", "Source", "This chat keeps what you write so that it can answer you.", "I agree, start the chat", "Looking in the sources"],
  de: ["Schließen", "Schreiben Sie eine Frage", "Senden", "Anhalten", "Mit einem Menschen sprechen", "Ein Mensch wurde dazugebeten. Sie können weiterschreiben.", "Hilfreich", "Nicht hilfreich", "Der Chat ist nicht erreichbar. Ihre Frage bleibt stehen; versuchen Sie es noch einmal.", "Noch einmal", "Quelle", "Dieser Chat speichert, was Sie schreiben, um Ihnen zu antworten.", "Einverstanden, Chat beginnen", "Sucht in den Quellen"],
  fr: ["Fermer", "Écrivez une question", "Envoyer", "Arrêter", "Parler à une personne", "Une personne a été appelée. Vous pouvez continuer à écrire.", "Utile", "Pas utile", "Le chat est injoignable. Votre question est gardée ; réessayez.", "Réessayer", "Source", "Ce chat garde ce que vous écrivez pour pouvoir vous répondre.", "J’accepte, commencer", "Recherche dans les sources"],
  es: ["Cerrar", "Escriba una pregunta", "Enviar", "Parar", "Hablar con una persona", "Se ha avisado a una persona. Puede seguir escribiendo.", "Útil", "No es útil", "No se puede acceder al chat. Su pregunta se conserva; inténtelo de nuevo.", "Reintentar", "Fuente", "Este chat guarda lo que escribe para poder responderle.", "Acepto, empezar", "Buscando en las fuentes"],
  it: ["Chiudi", "Scriva una domanda", "Invia", "Ferma", "Parla con una persona", "Una persona è stata avvisata. Può continuare a scrivere.", "Utile", "Non utile", "La chat non è raggiungibile. La domanda è conservata; riprovi.", "Riprova", "Fonte", "Questa chat conserva ciò che scrive per poterle rispondere.", "Accetto, inizia", "Cerca nelle fonti"],
  nl: ["Sluiten", "Schrijf een vraag", "Versturen", "Stoppen", "Met een mens praten", "Er is iemand bij gevraagd. U kunt verder schrijven.", "Nuttig", "Niet nuttig", "De chat is niet bereikbaar. Uw vraag blijft staan; probeer het opnieuw.", "Opnieuw", "Bron", "Deze chat bewaart wat u schrijft om u te kunnen antwoorden.", "Akkoord, begin de chat", "Zoekt in de bronnen"],
  pt: ["Fechar", "Escreva uma pergunta", "Enviar", "Parar", "Falar com uma pessoa", "Uma pessoa foi chamada. Pode continuar a escrever.", "Útil", "Não é útil", "O chat não está acessível. A sua pergunta fica guardada; tente de novo.", "Tentar de novo", "Fonte", "Este chat guarda o que escreve para lhe poder responder.", "Aceito, começar", "A procurar nas fontes"],
};
const NAMES = ["close", "ask", "send", "stop", "person", "personAsked", "helpful", "unhelpful", "away", "again", "source", "consent", "agree", "looking"];

export function wordsFor(preferred) {
  const code = (preferred || navigator.language || "en").slice(0, 2).toLowerCase();
  const lang = code in WORDS ? code : "en";
  return { lang, ...Object.fromEntries(NAMES.map((name, at) => [name, WORDS[lang][at]])) };
}
