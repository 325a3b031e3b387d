// data-user on the script that measures this installation: says who is signed in, so that a sale finds the visit that led to it.
const tag = document.querySelector("script[data-website-id][data-user]");
if (tag) {
  window.datafast ??= (...words) => (window.datafast.q ??= []).push(words);
  window.datafast("identify", { user_id: tag.dataset.user });
}
