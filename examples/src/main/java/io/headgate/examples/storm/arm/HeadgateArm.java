package io.headgate.examples.storm.arm;

import static io.headgate.examples.storm.measure.CallEnd.COMPLETED;
import static io.headgate.examples.storm.measure.CallEnd.EXPIRED;
import static io.headgate.examples.storm.measure.CallEnd.FAILED;
import static io.headgate.examples.storm.measure.CallEnd.REFUSED;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Outcome.Completed;
import io.headgate.Outcome.Expired;
import io.headgate.Outcome.TimedOut;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.examples.storm.measure.CallEnd;
import io.headgate.examples.storm.measure.Recorder;
import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The same host with Headgate between its jobs and the model.
 *
 * <p>A job that finds no place is told so at once, and its user with it. One that is let in has its
 * first call started soon or not at all, and its later calls before the first calls of others. A
 * failed call is made again while its job has time, through the gate like any other.
 */
public final class HeadgateArm implements Arm {
  /** As many as the naive arm, so that only the gate makes the difference. */
  private static final int TRIES = 4;

  /** Four agents share the jobs, as a host has several. */
  private static final List<String> AGENTS = List.of("planner", "coder", "reviewer", "writer");

  /** Jobs let in at once: about what the model can carry to their end within their deadlines. */
  private static final int MAX_JOBS = 24;

  /** Calls at the model at once: a little above its knee, so that it is never idle. */
  private static final int MAX_IN_FLIGHT = 16;

  private static final int MAX_WAITING = 64;

  /** Above what any job of the trace needs, retries included: a fuse, not a ration. */
  private static final long TOKEN_BUDGET = 500_000;

  /** An answer cut shorter than this is not worth a call. */
  private static final int MIN_ANSWER_TOKENS = 256;

  private final Headgate headgate;
  private final Target model;
  private final List<Agent> agents;
  private final ModelClient client;
  private final Recorder recorder;
  private final JobThreads threads = new JobThreads("headgate");
  private final Gauge inFlight = new Gauge();
  private final Gauge waiting = new Gauge();
  private final AtomicLong handles = new AtomicLong();
  private final AtomicLong handlesEnded = new AtomicLong();
  private final List<String> notes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final Duration firstCallTtl;
  private volatile boolean stopped;

  /**
   * An arm that calls the model at {@code baseUrl}.
   *
   * @param timeout of one try, to the last byte
   * @param firstCallTtl how long a new job may wait for its first start
   */
  public HeadgateArm(URI baseUrl, Duration timeout, Duration firstCallTtl, Recorder recorder) {
    this.recorder = recorder;
    this.firstCallTtl = firstCallTtl;
    this.client = new ModelClient(baseUrl, timeout);
    this.headgate =
        Headgate.builder()
            .maxInFlight(MAX_IN_FLIGHT)
            .maxWaiting(MAX_WAITING)
            .maxJobs(MAX_JOBS)
            .build();
    this.model =
        headgate.target(
            "gpt-large",
            t ->
                t.maxInFlight(MAX_IN_FLIGHT)
                    .timeout(timeout)
                    .maxOutputTokens(ModelClient.MAX_ANSWER_TOKENS)
                    .price(2.5, 10));
    this.agents = AGENTS.stream().map(headgate::agent).toList();
  }

  @Override
  public String name() {
    return "headgate";
  }

  @Override
  public void offer(JobPlan job) {
    threads.start(job, this::run);
  }

  private void run(JobPlan plan) {
    boolean answered = false;
    try (var job =
        headgate.job(
            "job-" + plan.id(), j -> j.tokenBudget(TOKEN_BUDGET).deadline(timeLeft(plan)))) {
      answered = plan.calls().stream().allMatch(call -> call(job, call));
    } finally {
      recorder.jobEnded(plan, answered);
    }
  }

  /** The user's clock runs from the arrival, also while this host is late. */
  private Duration timeLeft(JobPlan plan) {
    var left = plan.deadline().minusNanos(recorder.now() - plan.arrivalNanos());
    return left.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : left;
  }

  /** Whether the call was answered, in whichever try. */
  private boolean call(Job job, CallPlan call) {
    var open = recorder.callOffered();
    var end = FAILED;
    try {
      end = attempt(job, call);
      for (int i = 1; i < TRIES && end != COMPLETED && mayTryAgain(job, end); i++) {
        var again = attempt(job, call);
        end = again == REFUSED ? end : again;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.end(end);
    }
    return end == COMPLETED;
  }

  private boolean mayTryAgain(Job job, CallEnd end) {
    return end != REFUSED && !stopped && job.isOpen() && job.remaining().isPositive();
  }

  private CallEnd attempt(Job job, CallPlan call) throws InterruptedException {
    var ticket = new WaitTicket(waiting);
    var task =
        Task.<ChatResponse>of(
            agents.get(call.job() % agents.size()),
            model,
            Estimate.of(call.promptTokens(), ModelClient.MAX_ANSWER_TOKENS)
                .atLeast(MIN_ANSWER_TOKENS),
            attempt -> ask(attempt, call, ticket));
    // A new job is turned away at once; one that has begun is worth waiting for.
    var admission =
        call.step() == 0 ? job.submit(task.ttl(firstCallTtl)) : job.submit(task, job.remaining());
    return switch (admission) {
      case Refused<ChatResponse> refused -> REFUSED;
      case Admitted<ChatResponse> handle -> end(handle, ticket);
    };
  }

  private CallEnd end(Admitted<ChatResponse> handle, WaitTicket ticket)
      throws InterruptedException {
    handles.incrementAndGet();
    ticket.admitted();
    try {
      var outcome = handle.join();
      handlesEnded.incrementAndGet();
      return end(outcome);
    } finally {
      ticket.over();
    }
  }

  private static CallEnd end(Outcome<ChatResponse> outcome) {
    return switch (outcome) {
      case Completed<ChatResponse> answer -> COMPLETED;
      case TimedOut<ChatResponse> late -> EXPIRED;
      case Expired<ChatResponse> late -> EXPIRED;
      default -> FAILED;
    };
  }

  /** Runs on Headgate's virtual thread, which is interrupted at the deadline. */
  private ChatResponse ask(Attempt attempt, CallPlan call, WaitTicket ticket) {
    ticket.over();
    inFlight.up();
    try {
      var response = client.ask(call, (int) attempt.maxOutputTokens());
      var usage = response.tokenUsage();
      if (usage != null) {
        attempt.usage(usage.inputTokenCount(), usage.outputTokenCount());
      }
      return response;
    } catch (RuntimeException e) {
      if (e.getCause() instanceof HttpException) {
        attempt.usage(0, 0); // an error status is not billed; of anything else we cannot know
      }
      throw e;
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
    return waiting.now();
  }

  @Override
  public int maxInFlight() {
    return inFlight.max();
  }

  @Override
  public int capInFlight() {
    return MAX_IN_FLIGHT;
  }

  @Override
  public int maxWaiting() {
    return waiting.max();
  }

  @Override
  public void finish(Duration patience) {
    threads.await(patience);
    stopped = true;
    var snapshot = headgate.snapshot();
    notes.add(
        "Headgate's own books: %,d tokens, $%.2f, %d tasks admitted, refusals %s"
            .formatted(
                snapshot.tokensSpent(),
                snapshot.moneySpentNanos() / 1e9,
                snapshot.admitted(),
                snapshot.refusals()));
    if (!headgate.shutdown(Duration.ZERO)) {
      notes.add("the last calls were interrupted when the arm was stopped");
    }
    if (!threads.await(Duration.ofSeconds(5))) {
      violations.add(threads.count() + " jobs did not end with the shutdown");
    }
    check();
  }

  private void check() {
    var audit = headgate.audit();
    violations.addAll(audit.violations());
    if (!audit.atRest()) {
      violations.add("Headgate is not at rest after its shutdown");
    }
    if (handles.get() != handlesEnded.get()) {
      violations.add("%d handles, %d ended".formatted(handles.get(), handlesEnded.get()));
    }
    if (inFlight.now() != 0 || waiting.now() != 0) {
      violations.add(
          "%d calls in flight and %d waiting at the end".formatted(inFlight.now(), waiting.now()));
    }
    if (inFlight.max() > MAX_IN_FLIGHT) {
      violations.add("%d calls in flight, the cap is %d".formatted(inFlight.max(), MAX_IN_FLIGHT));
    }
    if (waiting.max() > MAX_WAITING) {
      violations.add("%d calls waiting, the cap is %d".formatted(waiting.max(), MAX_WAITING));
    }
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public List<String> violations() {
    return List.copyOf(violations);
  }

  @Override
  public void close() {
    headgate.close();
  }
}
