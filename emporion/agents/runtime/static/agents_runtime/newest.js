// data-newest: the end of a conversation. The page opens there, and goes along with what comes in while its reader is there.
import { arrive } from "../ui/behaviours/arrive.js";

let turns = 0;
let isThere = !location.hash || location.hash === "#end";
const sight = new IntersectionObserver((seen) => { isThere = seen.at(-1).isIntersecting; });

arrive("[data-newest]", (end) => {
  const now = end.parentElement.childElementCount;
  if (isThere && now !== turns) end.scrollIntoView();
  turns = now;
  sight.disconnect(); // the end that was here before is gone, which says nothing of the reader
  sight.observe(end);
});
