/** Sign-in and other pages without the frame. */
import './forms.js';

document.documentElement.dataset.ready = 'yes';
