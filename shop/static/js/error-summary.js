// A form that came back has its summary in focus. Not `autofocus` alone: where the address ends in #comment-form, the
// browser passes it over, and takes the focus away again once it has gone to that place.
addEventListener("pageshow", () => requestAnimationFrame(() => document.querySelector(".error-summary")?.focus()));
