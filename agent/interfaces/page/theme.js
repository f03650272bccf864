// Before the page is drawn: the theme that was chosen here.
"use strict";
try {
  const theme = localStorage.getItem("aitoll-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // storage is forbidden: the system's theme it is
}
