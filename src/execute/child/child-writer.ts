/** Writes the artifacts of the runs of a child, which tells the server what it has written. */
import type { Artifacts } from "../../action/artifacts.ts";
import { ArtifactFolder } from "../../run/artifacts/artifact-folder.ts";
import { ownRoom, TotalRoom } from "../../run/artifacts/artifact-room.ts";
import type { Task } from "../task.ts";
import type { ToServer } from "./wire.ts";

interface Parts {
  readonly data: string;
  readonly maxArtifactBytes: number;
  readonly tell: (message: ToServer) => void;
}

export class ChildWriter {
  readonly #parts: Parts;
  readonly #folder: ArtifactFolder;
  /** How many bytes the server lets the current run write. */
  room = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#folder = new ArtifactFolder(parts.data);
  }

  of({ id }: Task): Artifacts {
    const { maxArtifactBytes, tell } = this.#parts;
    const total = new TotalRoom(this.room);
    return this.#folder.writer(id, {
      findRoom: ownRoom(this.#folder, id, { max: maxArtifactBytes, total }),
      onWritten: (bytes) => {
        tell({ kind: "artifact", bytes });
      },
    });
  }
}
