/** Instruments that are asked for their values whenever metrics are collected. */
import type {
  BatchObservableResult,
  Meter,
  Observable,
} from "@opentelemetry/api";

export class Observed {
  readonly #meter: Meter;
  readonly #instruments: Observable[] = [];

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** @param unit "s", "By" or none */
  gauge(name: string, description: string, unit = ""): Observable {
    const options = { description, unit };
    return this.#keep(this.#meter.createObservableGauge(name, options));
  }

  counter(name: string, description: string, unit = ""): Observable {
    const options = { description, unit };
    return this.#keep(this.#meter.createObservableCounter(name, options));
  }

  /** @param ask tells the value of each instrument that was made */
  collect(ask: (result: BatchObservableResult) => void | Promise<void>): void {
    this.#meter.addBatchObservableCallback(ask, this.#instruments);
  }

  #keep(instrument: Observable): Observable {
    this.#instruments.push(instrument);
    return instrument;
  }
}
