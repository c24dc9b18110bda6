package io.headgate.examples.storm.arm;

import io.headgate.examples.storm.measure.CallEnd;
import io.headgate.examples.storm.measure.Recorder;
import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * What most hosts do today: a virtual thread for each job, no limits, and three retries at once, of
 * whatever went wrong. It does not look at the job's deadline either: nobody tells it that the user
 * left.
 */
public final class NaiveArm implements Arm {
  private static final int TRIES = 4;

  private final ModelClient client;
  private final Recorder recorder;
  private final JobThreads threads = new JobThreads("naive");
  private final Gauge inFlight = new Gauge();
  private volatile boolean stopped;
  private int leftOver;

  /**
   * An arm that calls the model at {@code baseUrl}.
   *
   * @param timeout of one try, up to the response's headers
   */
  public NaiveArm(URI baseUrl, Duration timeout, Recorder recorder) {
    this.client = new ModelClient(baseUrl, timeout);
    this.recorder = recorder;
  }

  @Override
  public String name() {
    return "naive";
  }

  @Override
  public void offer(JobPlan job) {
    threads.start(job, this::run);
  }

  private void run(JobPlan job) {
    boolean answered = true;
    for (var call : job.calls()) {
      answered = answered && call(call);
    }
    recorder.jobEnded(job, answered);
  }

  private boolean call(CallPlan call) {
    var open = recorder.callOffered();
    for (int i = 0; i < TRIES && !stopped; i++) {
      if (answered(call, i)) {
        open.end(CallEnd.COMPLETED);
        return true;
      }
    }
    open.end(CallEnd.FAILED);
    return false;
  }

  private boolean answered(CallPlan call, int attempt) {
    inFlight.up();
    try {
      return client.ask(call, attempt, ModelClient.MAX_ANSWER_TOKENS) != null;
    } catch (RuntimeException e) {
      return false; // whatever it was: that is what makes the retries blind
    } finally {
      inFlight.down();
    }
  }

  @Override
  public int inFlight() {
    return inFlight.now();
  }

  @Override
  public int waiting() {
    return 0;
  }

  @Override
  public int maxInFlight() {
    return inFlight.max();
  }

  @Override
  public int capInFlight() {
    return Integer.MAX_VALUE;
  }

  @Override
  public int maxWaiting() {
    return 0;
  }

  @Override
  public void finish(Duration patience) {
    if (!threads.await(patience)) {
      stopped = true;
      leftOver = threads.count();
      threads.interruptAll();
      threads.await(Duration.ofSeconds(10));
    }
  }

  @Override
  public List<String> notes() {
    return List.of(
        "could use gpt-large alone, as a usual stack does, with %d tries at once".formatted(TRIES),
        "%,d jobs were still running when the arm was stopped".formatted(leftOver));
  }

  @Override
  public List<String> violations() {
    return threads.count() == 0
        ? List.of()
        : List.of(threads.count() + " jobs did not end when they were interrupted");
  }
}
