import '@vscode/codicons/dist/codicon.css';
import './panel.css';

const panel = document.getElementById('panel');
if (panel !== null) {
  const heading = document.createElement('h1');
  heading.textContent = 'No run yet';
  const hint = document.createElement('p');
  hint.textContent = 'Run a query to see where its interactions spend their time.';
  panel.replaceChildren(heading, hint);
}
