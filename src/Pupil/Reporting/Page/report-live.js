(() => {
  // The page is replaced only after a change, so that opened parts, scrolling and sorting stay.
  let seen = null;
  const state = document.createElement('p');
  state.setAttribute('role', 'status');
  state.className = 'note';
  document.querySelector('header').append(state);
  const look = async () => {
    try {
      const version = await (await fetch('version', { cache: 'no-store' })).text();
      if (seen !== null && version !== seen) {
        const page = new DOMParser().parseFromString(await (await fetch('./', { cache: 'no-store' })).text(), 'text/html');
        const open = new Set([...document.querySelectorAll('details[open] > summary')].map(summary => summary.textContent));
        document.querySelector('main').replaceWith(page.querySelector('main'));
        document.querySelector('.about').replaceWith(page.querySelector('.about'));
        document.querySelector('nav').replaceWith(page.querySelector('nav'));
        for (const summary of document.querySelectorAll('summary')) if (open.has(summary.textContent)) summary.parentElement.open = true;
      }
      seen = version;
      state.textContent = `Live; last checked at ${new Date().toLocaleTimeString()}.`;
    } catch {
      state.textContent = 'The server has stopped; this is its last page.';
    }
    setTimeout(look, 2000);
  };
  look();
})();
