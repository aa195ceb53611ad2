/** The results panel. Starts when the page has loaded; the editor then says which run to show. */
import './jitless.ts';
import './panel.css';
import './controls.ts';
import type { EditorApi } from './channel.ts';
import { startPanel } from './panel.ts';

declare function acquireVsCodeApi(): EditorApi;

const app = document.getElementById('app');
if (app !== null) startPanel(app, acquireVsCodeApi());
