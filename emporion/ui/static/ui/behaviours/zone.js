// data-zone: a field for a time zone that nobody has chosen yet takes the browser's, where the field knows it. The server checks it.
import { arrive } from "./arrive.js";

arrive("[data-zone]", (field) => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || (field.options && ![...field.options].some((option) => option.value === zone))) return;
  field.value = zone;
});
