package io.headgate.replay;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.CallClass;
import io.headgate.CallException;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.FolderJournal;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A host that has a secret wherever user code may have one: it reads it from its input, so that no
 * command line or environment holds it.
 */
final class CanaryHost {
  private CanaryHost() {}

  public static void main(String[] arguments) throws Exception {
    String secret = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    Path folder = Path.of(arguments[0]);
    try (Writer events = Files.newBufferedWriter(folder.resolve("events"));
        Headgate headgate =
            Headgate.builder()
                .journal(FolderJournal.in(folder.resolve("journal"), s -> s.eachRefusal(true)))
                .countersFile(folder.resolve("counters"))
                .listener(
                    (event, _) -> {
                      write(events, event);
                      throw new IllegalStateException(secret);
                    })
                .build()) {
      Agent agent = headgate.agent("agent");
      Target model =
          headgate.target(
              "model",
              t ->
                  t.price(1, 1)
                      .timeout(Duration.ofMillis(500))
                      .retry(
                          RetryPolicy.DEFAULT.backoff(Duration.ofMillis(1), Duration.ofMillis(2))));
      Target tool = headgate.target("tool", t -> t.tool());
      Job job = headgate.job("job", j -> j.tokenBudget(100_000));
      List<Task<String>> tasks =
          List.of(
              Task.of(agent, model, Estimate.of(10, 10), attempt -> answer(attempt, secret)),
              Task.<String>of(
                  agent,
                  model,
                  _ -> {
                    throw new IOException(secret, new IllegalArgumentException(secret));
                  }),
              Task.<String>of(
                  agent,
                  model,
                  _ -> {
                    throw new CallException(CallClass.CALLER_FAULT, secret);
                  }),
              Task.<String>of(
                  agent,
                  model,
                  attempt -> {
                    attempt.onCancel(
                        () -> {
                          throw new IOException(secret);
                        });
                    Thread.sleep(60_000); // until its deadline
                    return secret;
                  }),
              Task.of(agent, tool, Estimate.of(1, 1), _ -> secret).arguments(secret));
      for (Task<String> task : tasks) {
        var _ = ((Admitted<String>) job.submit(task)).join();
      }
      for (int i = 0; i < 10; i++) { // the same call too often
        if (job.submit(tasks.getLast()) instanceof Admitted<String> handle) {
          var _ =
              handle
                  .toCompletableFuture()
                  .thenRun(
                      () -> {
                        throw new IllegalStateException(secret);
                      });
          var _ = handle.join();
        }
      }
      job.close();
      Files.writeString(folder.resolve("snapshot"), headgate.snapshot().toString());
      Files.writeString(folder.resolve("descriptors"), descriptors());
    }
  }

  private static String answer(Attempt attempt, String secret) {
    attempt.usage(5, 5);
    return secret;
  }

  private static synchronized void write(Writer to, Object event) {
    try {
      to.write(event + "\n");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // What this process has open, sockets among them.
  private static String descriptors() throws IOException {
    StringBuilder all = new StringBuilder();
    Path own = Path.of("/proc/self/fd");
    if (Files.isDirectory(own)) {
      try (var each = Files.list(own)) {
        for (Path descriptor : each.toList()) {
          if (Files.isSymbolicLink(descriptor)) {
            all.append(Files.readSymbolicLink(descriptor)).append('\n');
          }
        }
      }
    }
    return all.toString();
  }
}
