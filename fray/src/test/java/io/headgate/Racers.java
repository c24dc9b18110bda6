package io.headgate;

import kotlin.Unit;
import org.pastalab.fray.core.observers.TimelineCoverageType;
import org.pastalab.fray.core.randomness.ControlledRandomProvider;
import org.pastalab.fray.core.scheduler.POSScheduler;
import org.pastalab.fray.junit.plain.FrayInTestLauncher;

/**
 * Threads that race, once for each schedule that Fray draws. Not by Fray's annotation: that loads
 * the classes anew for each test and so runs their initialization, with the threads of a runtime,
 * as part of the first schedule.
 */
public final class Racers {
  private static final int SCHEDULES = Integer.getInteger("headgate.fray.schedules", 250);
  private static final int MAX_SECONDS = 600;

  private Racers() {}

  /** What is to hold under every schedule, from new objects each time. */
  public interface Race {
    /** Runs it once. */
    void run() throws InterruptedException;
  }

  /** Runs it under so many schedules; a deadlock or anything thrown by any thread fails. */
  public static void explore(Race race) {
    FrayInTestLauncher.INSTANCE.launchFray(
        () -> {
          try {
            race.run();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        new POSScheduler(),
        new ControlledRandomProvider(),
        SCHEDULES,
        MAX_SECONDS,
        false,
        TimelineCoverageType.RESOURCE_ORDERING,
        configuration -> Unit.INSTANCE);
  }

  /** Runs each on a thread of its own, the last on this one, until all have ended. */
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
