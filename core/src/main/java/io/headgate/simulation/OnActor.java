package io.headgate.simulation;

import java.util.ArrayList;

/** Runs work on a virtual thread, among which actors hand control on much faster. */
final class OnActor {
  interface Work<R> {
    R run() throws InterruptedException;
  }

  private OnActor() {}

  /**
   * Runs it and hands on what came of it.
   *
   * @throws IllegalStateException with what it threw
   */
  static <R> R run(Work<R> work) throws InterruptedException {
    var answer = new ArrayList<R>(1);
    var failure = new ArrayList<Throwable>(1);
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    answer.add(work.run());
                  } catch (Throwable t) { // for who asked
                    failure.add(t);
                  }
                });
    thread.join();
    if (!failure.isEmpty()) {
      throw new IllegalStateException("a flight could not be flown", failure.get(0));
    }
    return answer.get(0);
  }

  /**
   * Flies it to its end.
   *
   * @param what it is, should it break an invariant
   * @throws IllegalStateException if it did
   */
  static Flight.Result fly(Flight flight, String what) throws InterruptedException {
    Flight.Result result = run(flight::fly);
    if (result.violation() != null) {
      throw new IllegalStateException(what + ": " + result.violation());
    }
    return result;
  }
}
