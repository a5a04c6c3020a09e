'use strict';
(() => {
  const root = document.documentElement, button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try { chosen = localStorage.getItem('pupil-theme'); } catch { /* pages from disk may have no storage */ }
  const show = () => {
    const dark = chosen ? chosen === 'dark' : system.matches;
    if (chosen) root.dataset.theme = chosen;
    button.setAttribute('aria-pressed', String(dark));
  };
  button.addEventListener('click', () => {
    chosen = (chosen ? chosen === 'dark' : system.matches) ? 'light' : 'dark';
    try { localStorage.setItem('pupil-theme', chosen); } catch { /* the choice then lasts for this visit only */ }
    show();
  });
  system.addEventListener('change', show);
  show();

  const number = text => parseFloat(text.replace(/[−–]/g, '-').replace(/,/g, ''));
  const compare = (a, b) => {
    const x = number(a), y = number(b);
    return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) || a.localeCompare(b) : x - y;
  };
  // The listener is on the document, so that it also works after a live page replaces its tables.
  document.addEventListener('click', event => {
    const head = event.target.closest('table.sortable thead th');
    if (!head || !event.target.closest('button')) return;
    const heads = [...head.parentElement.cells], column = heads.indexOf(head), body = head.closest('table').tBodies[0];
    const descending = head.getAttribute('aria-sort') === 'ascending';
    heads.forEach(other => other.setAttribute('aria-sort', other !== head ? 'none' : descending ? 'descending' : 'ascending'));
    const key = row => row.cells[column].textContent.trim();
    body.append(...[...body.rows].sort((a, b) => (descending ? -1 : 1) * compare(key(a), key(b))));
  });
})();
