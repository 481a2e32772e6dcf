import { task, type TaskRunResult } from "runlet";

/** A photo to be made smaller. A larger one takes longer. */
export interface Photo {
  readonly name: string;
  readonly megapixels: number;
}

/** Pretends to resize a photo, at 40 ms for each megapixel; gives the size of the result in kilobytes. */
export const resizePhoto = task({
  id: "resize-photo",
  run: async ({ megapixels }: Photo) => {
    await new Promise((resolve) => setTimeout(resolve, megapixels * 40));
    return megapixels * 90;
  },
});

/** Resizes all photos of a page side by side and goes on once the last one is done. */
export const makePage = task({
  id: "make-page",
  run: async ({ photos }: { photos: readonly Photo[] }) => {
    const { runs } = await resizePhoto.batchTriggerAndWait(photos.map((photo) => ({ payload: photo })));
    return sumOf(runs);
  },
});

/** Waits for its pages, which wait for their photos. */
export const makeAlbum = task({
  id: "make-album",
  run: async ({ pages }: { pages: readonly (readonly Photo[])[] }) => {
    const { runs } = await makePage.batchTriggerAndWait(pages.map((photos) => ({ payload: { photos } })));
    return sumOf(runs);
  },
});

/** Throws the first child's error, if one failed. */
function sumOf(results: readonly TaskRunResult<string, number>[]): number {
  let sum = 0;
  for (const result of results) {
    if (!result.ok) throw result.error;
    sum += result.output;
  }
  return sum;
}
