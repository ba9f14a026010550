// The preview follows the files: it waits for a change, then takes in what is new and
// reloads the framed page, which keeps its place. Choices change it in place too.
(() => {
const body = document.body;
const device = document.getElementById("device");
const frame = document.getElementById("page");
let number = Number(body.dataset.number), framed = frame.getAttribute("src");

const fit = () => {
  const said = getComputedStyle(device), room = getComputedStyle(device.parentNode);
  const wide = parseFloat(said.getPropertyValue("--wide")) + 2 * parseFloat(said.getPropertyValue("--rim"));
  const free = device.parentNode.clientWidth - parseFloat(room.paddingLeft) - parseFloat(room.paddingRight);
  device.style.setProperty("--scale", Math.min(1, free / wide));
};

const take = (fresh, again) => {
  const focused = document.activeElement;
  const place = [...document.querySelectorAll("#choices a")].indexOf(focused);
  for (const id of ["choices", "above", "beside"]) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
  }
  if (place >= 0) (document.querySelectorAll("#choices a")[place] || body).focus();
  const said = fresh.getElementById("standing"), says = document.getElementById("standing");
  says.className = said.className;
  if (says.textContent !== said.textContent) says.textContent = said.textContent;
  const src = fresh.getElementById("page").getAttribute("src");
  device.className = fresh.getElementById("device").className;
  // replaced and not set: "back" leads to the choice before, not through the frames
  if (src !== framed) frame.contentWindow.location.replace(framed = src);
  else if (again) frame.contentWindow.location.reload();
  number = Number(fresh.body.dataset.number);
  fit();
};

const load = async (address, again) => {
  const answer = await fetch(address, { cache: "no-store" });
  take(new DOMParser().parseFromString(await answer.text(), "text/html"), again);
};

document.getElementById("choices").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  load(link.href);
});
addEventListener("popstate", () => load(location.href));
addEventListener("resize", fit);

const wait = async () => {
  const says = document.getElementById("standing");
  for (;;) {
    try {
      const answer = await fetch(`${body.dataset.changes}?after=${number}`);
      if (!answer.ok) throw answer.status;
      const newest = (await answer.json()).number;
      // words that were right an hour ago may be late now, so unchanged ones count too
      await load(location.href, newest !== number || says.className === "lost");
    } catch (_) {
      says.className = "lost";
      says.textContent = says.dataset.lost;
      await new Promise((go) => setTimeout(go, 2000));
    }
  }
};
fit();
wait();
})();
