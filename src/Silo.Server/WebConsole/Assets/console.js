// Pages are whole without this. It keeps a live page fresh, and copies what is meant to be pasted elsewhere.
'use strict';

const live = document.querySelector('[data-live-seconds]');
if (live) {
  const refresh = async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok || answer.redirected) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-live-seconds]');
    if (fresh) live.replaceChildren(...fresh.childNodes);
  };
  setInterval(() => refresh().catch(() => { /* The next round tries again. */ }), Number(live.dataset.liveSeconds) * 1000);
}

document.addEventListener('click', async event => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  event.preventDefault();
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = button.textContent;
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = before; }, 1500);
});
