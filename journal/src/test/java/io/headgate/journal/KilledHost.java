package io.headgate.journal;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A host that is killed: it says what it was told, and which calls it made, in files of its own.
 */
final class KilledHost {
  private KilledHost() {}

  public static void main(String[] arguments) throws Exception {
    Path said = Path.of(arguments[1]);
    var callsLeft = new AtomicLong(Long.parseLong(arguments[2]));
    // No channels: an interrupt, of a call whose job is closed, would close them.
    try (var acknowledged = new FileOutputStream(said.resolve("acknowledged").toFile(), true);
        var called = new FileOutputStream(said.resolve("called").toFile(), true);
        Headgate headgate =
            Headgate.builder()
                .maxInFlight(32)
                .journal(FolderJournal.in(Path.of(arguments[0]), Durability.WRITE_AHEAD))
                .build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "target", t -> t.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
      for (int i = 0; ; i++) {
        try (Job job = headgate.job("job-" + System.nanoTime() + "-" + i, j -> j)) {
          Admitted<?> last = null;
          for (int call = 0; call < 8; call++) {
            Admission<Integer> admission =
                job.submit(
                    Task.<Integer>of(
                            agent,
                            target,
                            Estimate.of(10, 10),
                            attempt -> {
                              say(called, attempt.taskId());
                              if (callsLeft.decrementAndGet() == 0) {
                                Runtime.getRuntime().halt(9);
                              }
                              if (ThreadLocalRandom.current().nextInt(20) == 0) {
                                throw new ConnectException();
                              }
                              return 1;
                            })
                        .ephemeral());
            if (admission instanceof Admitted<Integer> handle) {
              var _ = handle.durable().thenRun(() -> say(acknowledged, handle.id()));
              last = handle;
            }
          }
          if (last != null) {
            var _ = last.join();
          }
        }
      }
    }
  }

  private static void say(FileOutputStream to, long number) {
    try {
      to.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
