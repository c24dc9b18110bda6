package host;

import io.headgate.Headgate;
import io.headgate.Task;
import java.time.Duration;

/** A host outside of Headgate's packages, run in a JVM of its own by {@code ModulePathTest}. */
public final class HostProgram {
  private HostProgram() {}

  /** Runs one task and says which module ran it. */
  @SuppressWarnings("SystemOut") // read by the test
  public static void main(String[] args) throws Exception {
    try (var headgate = Headgate.builder().patience(Duration.ofSeconds(1)).build();
        var job = headgate.job(j -> j)) {
      Task<String> task = Task.of(headgate.agent("a"), headgate.target("t"), attempt -> "ran in ");
      String answer = job.submitOrThrow(task).join().valueOrNull();
      System.out.println(answer + Headgate.class.getModule());
    }
  }
}
