// The one script of every page: htmx, and the behaviours. Each behaviour listens on the document for its own data attribute,
// so content that htmx swaps in needs no second start.
import "./vendor/htmx.esm.js";
import "./behaviours/again.js";
import "./behaviours/autosubmit.js";
import "./behaviours/chart.js";
import "./behaviours/copy.js";
import "./behaviours/dialog.js";
import "./behaviours/drop.js";
import "./behaviours/flow.js";
import "./behaviours/measured.js";
import "./behaviours/menu.js";
import "./behaviours/palette.js";
import "./behaviours/press.js";
import "./behaviours/push.js";
import "./behaviours/search.js";
import "./behaviours/tabs.js";
import "./behaviours/theme.js";
import "./behaviours/time.js";
import "./behaviours/toast.js";
import "./behaviours/twice.js";
import "./behaviours/upload.js";
import "./behaviours/zone.js";
