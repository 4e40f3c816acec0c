/** A photo that is chosen is cut square and made small before it is sent: forms with data-photo=PIXELS. Without scripts it is sent as it is. */
import { on } from './live.js';

on('change', 'form[data-photo] input[type=file]', async (event, input) => {
  const [file] = input.files;
  if (!file) return;
  try {
    const small = await cut(file, Number(input.form.dataset.photo));
    const held = new DataTransfer();
    held.items.add(small);
    input.files = held.files;
  } catch { /* no picture that this browser reads: the server says so */ }
});

async function cut(file, side) {
  const picture = await createImageBitmap(file);
  const edge = Math.min(picture.width, picture.height);
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  canvas.getContext('2d').drawImage(picture, (picture.width - edge) / 2, (picture.height - edge) / 2, edge, edge, 0, 0, side, side);
  const type = file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png';
  const bytes = await new Promise((done) => { canvas.toBlob(done, type, 0.9); });
  return new File([bytes], type === 'image/jpeg' ? 'photo.jpg' : 'photo.png', { type });
}
