/**
 * The script of both pages; everything works without it. It asks before an account is disconnected, sends each form once, says times in
 * the zone of the browser, takes pictures away that cannot be loaded, and clears the address of what the notice has said.
 */
export const pageScript = `(() => {
const patience = 10000;
let asked = null, sent = false;
const tell = (form, isBusy) => {
  sent = isBusy;
  const button = form.querySelector('button');
  if (isBusy) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
};
addEventListener('error', (event) => {
  if (event.target instanceof HTMLImageElement) event.target.remove();
}, true);
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
addEventListener('submit', (event) => {
  const form = event.target, dialog = document.querySelector('dialog');
  if (form.method === 'dialog') return;
  if (sent) return event.preventDefault();
  const question = form.dataset.question;
  if (question && asked !== form && dialog && dialog.showModal) {
    event.preventDefault();
    dialog.querySelector('h2').textContent = question;
    dialog.returnValue = '';
    dialog.onclose = () => {
      if (dialog.returnValue !== 'yes') return;
      asked = form;
      form.requestSubmit();
    };
    return dialog.showModal();
  }
  asked = null;
  tell(form, true);
  setTimeout(tell, patience, form, false);
});
addEventListener('DOMContentLoaded', () => {
  const { lang } = document.documentElement, language = (tag) => tag.split('-')[0];
  const tag = navigator.languages.find((one) => language(one) === language(lang)) ?? lang;
  const format = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
  for (const time of document.querySelectorAll('time')) time.textContent = format.format(new Date(time.dateTime));
  const notice = document.querySelector('.notice');
  if (!notice) return;
  // A live region is read out when it changes.
  setTimeout(() => notice.append(...notice.childNodes), 100);
  const { pathname, search, hash } = location, query = new URLSearchParams(search);
  for (const name of ['connection_success', 'connection_error', 'error', 'disconnected']) query.delete(name);
  const rest = query.toString();
  history.replaceState(history.state, '', pathname + (rest && '?' + rest) + hash);
});
})();`;
