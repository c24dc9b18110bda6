package io.headgate.journal;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A host whose disk fills up: says in a line each when work is let in, when it is refused since the
 * journal is behind, when a deadline fired meanwhile, and when work is let in again. Ends when its
 * input does.
 */
final class FullDiskHost {
  private FullDiskHost() {}

  public static void main(String[] arguments) throws Exception {
    long leastFree = Long.parseLong(arguments[1]);
    try (Headgate headgate =
        Headgate.builder()
            .maxWaiting(64)
            .journal(FolderJournal.in(Path.of(arguments[0]), s -> s.leastFreeBytes(leastFree)))
            .build()) {
      Agent agent = headgate.agent("agent");
      Target target = headgate.target("target");
      Target deaf =
          headgate.target(
              "deaf",
              t ->
                  t.timeout(Duration.ofMillis(500))
                      .breaker(BreakerPolicy.OFF)
                      .agentBreaker(BreakerPolicy.OFF));
      Task<String> task = Task.of(agent, target, _ -> "");
      Task<String> slow =
          Task.<String>of(
              agent,
              deaf,
              _ -> {
                Thread.sleep(Duration.ofMinutes(10)); // until its deadline
                return "";
              });
      while (System.in.available() == 0) {
        Admitted<String> late = untilAdmitted(headgate, slow);
        System.out.println("admitted");
        untilBehind(headgate, task);
        System.out.println("behind");
        if (late != null && late.join() instanceof Outcome.TimedOut) {
          System.out.println("deadline");
        }
      }
    }
    System.out.println("closed");
  }

  // A job that is opened while the journal is behind is none that works later: each has its own.
  private static @Nullable Admitted<String> untilAdmitted(Headgate headgate, Task<String> task)
      throws IOException {
    while (System.in.available() == 0) {
      Job job = headgate.job(j -> j);
      if (job.submit(task) instanceof Admitted<String> handle) {
        return handle;
      }
      job.close();
      Thread.onSpinWait();
    }
    return null;
  }

  private static void untilBehind(Headgate headgate, Task<String> task) throws Exception {
    while (System.in.available() == 0) {
      try (Job job = headgate.job(j -> j)) {
        switch (job.submit(task)) {
          case Admitted<String> handle -> {
            var _ = handle.join();
          }
          case Refused<String> refused -> {
            if (refused.reason() == Refusal.JOURNAL_BEHIND) {
              return;
            }
          }
        }
      }
    }
  }
}
