// A sign-in link carries its token behind the #, which stays in the browser; it is filled in and sent.
"use strict";
const token = decodeURIComponent(location.hash.slice(1));
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("token").value = token;
  document.querySelector("form").requestSubmit();
}
