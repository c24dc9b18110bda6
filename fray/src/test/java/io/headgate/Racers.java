package io.headgate;

/** Threads that race: started together, all ended when {@link #race} returns. */
public final class Racers {
  /** Schedules of each test, at some ten milliseconds each: a few thousand in a minute. */
  public static final int SCHEDULES = 300;

  private Racers() {}

  /**
   * Runs each on a thread of its own, the last on this one. What any of them throws is found by
   * Fray and fails the test.
   */
  public static void race(Runnable... racers) throws InterruptedException {
    var threads = new Thread[racers.length - 1];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofPlatform().name("racer-" + i).start(racers[i]);
    }
    racers[threads.length].run();
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
