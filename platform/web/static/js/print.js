/** Printing: a press on [data-print], or at once where the page was made for paper ([data-paper]). */
import './bare.js';
import { on } from './live.js';

on('click', '[data-print]', () => setTimeout(print)); // when the menu has closed
if (document.querySelector('[data-paper]')) addEventListener('load', () => print(), { once: true });
