package io.headgate;

import kotlin.Unit;
import org.pastalab.fray.core.TestRunner;
import org.pastalab.fray.core.command.Configuration;
import org.pastalab.fray.core.command.ExecutionInfo;
import org.pastalab.fray.core.command.Executor;
import org.pastalab.fray.core.command.LambdaExecutor;
import org.pastalab.fray.core.command.NetworkDelegateType;
import org.pastalab.fray.core.command.SystemTimeDelegateType;
import org.pastalab.fray.core.observers.TimelineCoverageType;
import org.pastalab.fray.core.randomness.ControlledRandomProvider;
import org.pastalab.fray.core.scheduler.POSScheduler;
import org.pastalab.fray.junit.Common;

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
    Throwable found = new TestRunner(configuration(race)).run();
    if (found != null) {
      throw new AssertionError("Fray found it; its report tells the schedule", found);
    }
  }

  // As Fray's own launcher has it, but for interleaveMemoryOps.
  private static Configuration configuration(Race race) {
    Executor executor =
        new LambdaExecutor(
            () -> {
              try {
                race.run();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return Unit.INSTANCE;
            });
    boolean ignoreUnhandledExceptions = false;
    boolean interleaveMemoryOps = true; // of plain fields too: a lock may be missing
    int maxScheduledStep = -1;
    boolean fullSchedule = true;
    boolean exploreMode = false;
    boolean noExitWhenBugFound = true;
    boolean isReplay = false;
    boolean noFray = false;
    boolean dummyRun = false;
    long virtualTimeDelta = 100_000;
    boolean ignoreTimedBlock = true;
    boolean sleepAsYield = true;
    boolean resetClassLoader = false;
    boolean redirectStdout = false;
    boolean abortThreadExecutionAfterMainExit = false;
    return new Configuration(
        new ExecutionInfo(
            executor, ignoreUnhandledExceptions, interleaveMemoryOps, maxScheduledStep),
        Common.INSTANCE.getWORK_DIR(),
        SCHEDULES,
        MAX_SECONDS,
        new POSScheduler(),
        new ControlledRandomProvider(),
        fullSchedule,
        exploreMode,
        noExitWhenBugFound,
        isReplay,
        noFray,
        dummyRun,
        NetworkDelegateType.PROACTIVE,
        SystemTimeDelegateType.NONE,
        virtualTimeDelta,
        ignoreTimedBlock,
        sleepAsYield,
        resetClassLoader,
        redirectStdout,
        abortThreadExecutionAfterMainExit,
        false,
        TimelineCoverageType.NONE);
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
