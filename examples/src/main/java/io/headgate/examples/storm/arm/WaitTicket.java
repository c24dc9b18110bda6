package io.headgate.examples.storm.arm;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Counts one admitted call as waiting from its admission to its start, whichever thread is first.
 */
final class WaitTicket {
  private enum State {
    NEW,
    WAITING,
    OVER
  }

  private final Gauge waiting;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  WaitTicket(Gauge waiting) {
    this.waiting = waiting;
  }

  void admitted() {
    if (state.compareAndSet(State.NEW, State.WAITING)) {
      waiting.up();
    }
  }

  /** It has started, or ended without. */
  void over() {
    if (state.getAndSet(State.OVER) == State.WAITING) {
      waiting.down();
    }
  }
}
