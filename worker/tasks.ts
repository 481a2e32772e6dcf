import { makeAlbum, makePage, resizePhoto } from "../examples/album.ts";
import { shipOrder } from "../examples/order.ts";
import { morningReport, remind, signUp } from "../examples/reminders.ts";
import { countLetters, fanOut, greet, hello } from "../examples/tasks.ts";

/** The tasks of this deployment. Replace them with your own: this is the one file to edit. */
export const tasks = [
  hello,
  greet,
  fanOut,
  countLetters,
  makeAlbum,
  makePage,
  resizePhoto,
  shipOrder,
  morningReport,
  remind,
  signUp,
];
