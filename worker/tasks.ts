import { makeAlbum, makePage, resizePhoto } from "../examples/album.ts";
import { shipOrder } from "../examples/order.ts";
import { morningReport, remind, signUp } from "../examples/reminders.ts";
import { countLetters, fanOut, greet, hello } from "../examples/tasks.ts";
import { awaitCharge, bookCharge, buildSite, packOrder } from "../examples/webhooks.ts";

/** The tasks of this deployment. Replace them with your own, which import from "runlet": this is the one file to edit. */
export const tasks = [
  ...[hello, greet, fanOut, countLetters],
  ...[makeAlbum, makePage, resizePhoto, shipOrder],
  ...[morningReport, remind, signUp],
  ...[buildSite, bookCharge, awaitCharge, packOrder],
];
