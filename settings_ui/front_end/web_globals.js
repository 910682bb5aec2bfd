// QuickJS has ECMAScript and nothing of the web. This is what React Router and Socket.IO look for when they load; while a
// page is drawn, nothing is timed, sent or logged.
import "core-js/actual/url";
import "core-js/actual/url-search-params";

globalThis.console = { log() {}, warn() {}, error() {} };
globalThis.setTimeout = () => 0;
globalThis.clearTimeout = () => {};
