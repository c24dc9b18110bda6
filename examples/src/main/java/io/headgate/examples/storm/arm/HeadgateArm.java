package io.headgate.examples.storm.arm;

import static io.headgate.ArgumentsNormaliser.CASE_AND_SPACE;
import static io.headgate.examples.storm.measure.CallEnd.COMPLETED;
import static io.headgate.examples.storm.measure.CallEnd.EXPIRED;
import static io.headgate.examples.storm.measure.CallEnd.FAILED;
import static io.headgate.examples.storm.measure.CallEnd.REFUSED;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.By;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.Journal;
import io.headgate.LoopPolicy;
import io.headgate.Outcome;
import io.headgate.Outcome.Completed;
import io.headgate.Outcome.Expired;
import io.headgate.Outcome.TimedOut;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.examples.langchain4j.LangChain4jClassifier;
import io.headgate.examples.storm.measure.AnswerRung;
import io.headgate.examples.storm.measure.CallEnd;
import io.headgate.examples.storm.measure.PolicyLane;
import io.headgate.examples.storm.measure.Recorder;
import io.headgate.examples.storm.provider.ModelKind;
import io.headgate.examples.storm.workload.CallPlan;
import io.headgate.examples.storm.workload.JobPlan;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The same host with Headgate between its jobs and the model.
 *
 * <p>A job that finds no place is told so at once, and its user with it. One that is let in has its
 * first call started soon or not at all, and its later calls before the first calls of others. An
 * agent that repeats itself is told so; told so twice, it finds other words for the same question,
 * which the loop guard does not know. Other capitals and spaces are no other words. What one of the
 * agents has found out is to be sent to others, by a tool that may ask first. What else is set is a
 * matter of {@link HostPolicies}.
 */
public final class HeadgateArm implements Arm {
  /** Four agents share the jobs, as a host has several. */
  private static final List<String> AGENTS = List.of("planner", "coder", "reviewer", "writer");

  private static final String SORRY = "I could not find that out just now; please ask again.";

  /** After so many refusals as a loop an agent changes its words, and not its mind. */
  static final int TOLD = 2;

  /** Of the agents, the one whose answers are sent to others, if somebody says so. */
  private static final int WRITER = AGENTS.indexOf("writer");

  private static final By HOST = new By("storm", "the storm is over");

  /** An answer cut shorter than this is not worth a call. */
  private static final int MIN_ANSWER_TOKENS = 256;

  private final Headgate headgate;
  private final Target model;
  private final Target publish;
  private final List<Agent> agents;
  private final ModelClient client;
  private final Recorder recorder;
  private final PolicyWatch policies;
  private final JobThreads threads;
  private final Gauge inFlight = new Gauge();
  private final Gauge waiting = new Gauge();
  private final AtomicLong handles = new AtomicLong();
  private final AtomicLong handlesEnded = new AtomicLong();
  private final List<String> notes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final HostPolicies host;

  private HeadgateArm(
      URI baseUrl,
      Duration timeout,
      HostPolicies host,
      @Nullable Journal journal,
      Recorder recorder) {
    this.host = host;
    this.recorder = recorder;
    this.threads = new JobThreads(host.name());
    this.policies = new PolicyWatch(recorder::now);
    this.client = new ModelClient(baseUrl, timeout);
    var builder = Headgate.builder().settings(host.overall()).listener(policies);
    this.headgate = (journal == null ? builder : builder.journal(journal)).build();
    this.model =
        headgate.target(
            ModelKind.LARGE.id(),
            t ->
                host.model()
                    .apply(
                        t.timeout(timeout)
                            .maxOutputTokens(ModelClient.MAX_ANSWER_TOKENS)
                            .price(2.5, 10)
                            .classifier(new LangChain4jClassifier())
                            .loopGuard(LoopPolicy.DEFAULT.normaliser(CASE_AND_SPACE))));
    this.publish = headgate.target("publish", t -> t.tool().park(host.askFirst()));
    this.agents = AGENTS.stream().map(id -> headgate.agent(id, host.agent())).toList();
    notes.add(host.note());
  }

  /**
   * An arm that calls the model at {@code baseUrl}, its limits set by hand for this provider.
   *
   * @param timeout of one try, to the last byte
   * @param firstCallTtl how long a new job may wait for its first start
   * @param ladder whether it may use the smaller model and static answers
   * @param journal for what it does; null: none
   */
  public static HeadgateArm tuned(
      URI baseUrl,
      Duration timeout,
      Duration firstCallTtl,
      boolean ladder,
      @Nullable Journal journal,
      Recorder recorder) {
    return new HeadgateArm(
        baseUrl, timeout, HandTuned.policies(firstCallTtl, ladder), journal, recorder);
  }

  /**
   * An arm that calls the model at {@code baseUrl}, with no figure chosen for this provider.
   *
   * @param timeout of one try, to the last byte
   * @param scale how many times the provider's times are scaled down: Headgate's are likewise
   * @param journal for what it does; null: none
   */
  public static HeadgateArm untuned(
      URI baseUrl, Duration timeout, int scale, @Nullable Journal journal, Recorder recorder) {
    return new HeadgateArm(baseUrl, timeout, Untuned.policies(scale), journal, recorder);
  }

  @Override
  public String name() {
    return host.name();
  }

  @Override
  public Set<ModelKind> models() {
    return host.smaller() ? EnumSet.allOf(ModelKind.class) : EnumSet.of(ModelKind.LARGE);
  }

  @Override
  public void offer(JobPlan job) {
    threads.start(job, this::run);
  }

  private void run(JobPlan plan) {
    boolean told = false;
    try (var job = headgate.job("job-" + plan.id(), j -> settings(plan, j))) {
      var lowest = AnswerRung.TOP;
      var calls = plan.calls().iterator();
      boolean goesOn = true;
      int loops = 0;
      Set<String> asked = new HashSet<>();
      // A static answer is the job's last: its user is told to come back.
      while (goesOn && lowest != AnswerRung.STATIC && calls.hasNext()) {
        var call = calls.next();
        var question = question(call, loops < TOLD ? 0 : loops);
        boolean isNew = asked.add(question);
        var step = call(job, call, question, !calls.hasNext());
        if (step.loops()) {
          loops++;
          policies.refusedAsLoop(isNew);
        }
        lowest = step.rung().compareTo(lowest) > 0 ? step.rung() : lowest;
        goesOn = step.goesOn();
      }
      recorder.jobEnded(plan, goesOn, lowest);
      told = true;
      if (goesOn && lowest != AnswerRung.STATIC && plan.id() % AGENTS.size() == WRITER) {
        publish(job, plan);
      }
    } finally {
      if (!told) {
        recorder.jobEnded(plan, false, AnswerRung.TOP);
      }
    }
  }

  /** As models write: never twice with the same capitals and spaces. */
  private static String question(CallPlan call, int words) {
    var text =
        "What%sabout point %d%s?"
            .formatted(
                " ".repeat(1 + call.step()),
                call.question(),
                words == 0 ? "" : ", said in another way, the " + words + ". one");
    return call.step() % 2 == 0 ? text : text.toUpperCase(Locale.ROOT);
  }

  /** Its user has the answer already. */
  private void publish(Job job, JobPlan plan) {
    var task =
        Task.<Boolean>of(agents.get(WRITER), publish, _ -> true)
            .arguments("the answer of job " + plan.id());
    if (job.submit(task) instanceof Admitted<Boolean> handle) {
      handles.incrementAndGet();
      try {
        var _ = handle.join();
        handlesEnded.incrementAndGet();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private JobSettings settings(JobPlan plan, JobSettings job) {
    return host.job().apply(job.deadline(timeLeft(plan)));
  }

  /** The user's clock runs from the arrival, also while this host is late. */
  private Duration timeLeft(JobPlan plan) {
    var left = plan.deadline().minusNanos(recorder.now() - plan.arrivalNanos());
    return left.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : left;
  }

  /**
   * What a call came to.
   *
   * @param rung who answered it
   * @param loops whether it was refused as a loop
   */
  private record Step(CallEnd end, AnswerRung rung, boolean loops) {
    static Step of(CallEnd end) {
      return new Step(end, AnswerRung.TOP, false);
    }

    /** Whether the job may go on: it was answered, or its agent does not listen. */
    boolean goesOn() {
      return end == COMPLETED || loops;
    }
  }

  private Step call(Job job, CallPlan call, String question, boolean isLast) {
    var open = recorder.callOffered();
    var step = Step.of(FAILED);
    try {
      var admission = submit(job, call, question, isLast);
      step =
          switch (admission.answer()) {
            case Refused<ChatResponse> refused ->
                new Step(REFUSED, AnswerRung.TOP, refused.reason() == Refusal.LOOP);
            case Admitted<ChatResponse> handle -> step(handle, admission);
          };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.end(step.end(), step.rung());
    }
    return step;
  }

  private record Submitted(Admission<ChatResponse> answer, WaitTicket ticket, AttemptRace race) {}

  private Submitted submit(Job job, CallPlan call, String question, boolean isLast)
      throws InterruptedException {
    var ticket = new WaitTicket(waiting);
    var race = new AttemptRace(number -> recorder.attemptLost(call, number));
    var task =
        Task.<ChatResponse>of(
                agents.get(call.job() % agents.size()),
                model,
                Estimate.of(call.promptTokens(), ModelClient.MAX_ANSWER_TOKENS)
                    .atLeast(MIN_ANSWER_TOKENS),
                attempt -> ask(attempt, call, ticket, race))
            .arguments(question)
            .idempotent(true);
    task = isLast ? task.wrapUp() : task;
    // A new job is turned away at once; one that has begun is worth waiting for.
    return new Submitted(
        call.step() == 0
            ? job.submit(host.firstCall().apply(task))
            : job.submit(task, job.remaining()),
        ticket,
        race);
  }

  private Step step(Admitted<ChatResponse> handle, Submitted submitted)
      throws InterruptedException {
    handles.incrementAndGet();
    submitted.ticket().admitted();
    try {
      var outcome = handle.join();
      handlesEnded.incrementAndGet();
      if (outcome instanceof Completed<ChatResponse>(var answer, int _)) {
        submitted.race().won(answer);
      }
      var step = step(outcome);
      policies.answered(step.rung());
      return step;
    } finally {
      submitted.ticket().over();
    }
  }

  private static Step step(Outcome<ChatResponse> outcome) {
    return switch (outcome) {
      case Completed<ChatResponse>(var _, int rung) ->
          new Step(COMPLETED, AnswerRung.values()[rung], false);
      case TimedOut<ChatResponse> late -> Step.of(EXPIRED);
      case Expired<ChatResponse> late -> Step.of(EXPIRED);
      default -> Step.of(FAILED);
    };
  }

  /** Runs on Headgate's virtual thread, which is interrupted at the deadline. */
  private ChatResponse ask(Attempt attempt, CallPlan call, WaitTicket ticket, AttemptRace race) {
    ticket.over();
    if (attempt.rung() == AnswerRung.STATIC.ordinal()) {
      return ChatResponse.builder().aiMessage(AiMessage.from(SORRY)).build();
    }
    policies.reserved(attempt.maxOutputTokens(), ModelClient.MAX_ANSWER_TOKENS);
    inFlight.up();
    race.starts(attempt.number());
    try {
      var kind = ModelKind.values()[attempt.rung()];
      var response = client.ask(call, attempt.number(), (int) attempt.maxOutputTokens(), kind);
      race.answered(attempt.number(), response);
      var usage = response.tokenUsage();
      if (usage != null) {
        attempt.usage(usage.inputTokenCount(), usage.outputTokenCount());
      }
      return response;
    } catch (RuntimeException e) {
      race.failed(attempt.number());
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
    return host.overall().maxInFlight();
  }

  @Override
  public int maxWaiting() {
    return waiting.max();
  }

  @Override
  public void finish(Duration patience) {
    headgate.operator().drain(Duration.ofHours(1), HOST);
    threads.await(patience);
    sampled();
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
    if (policies.lost() > 0) {
      notes.add("%,d events were lost: the lanes show too little".formatted(policies.lost()));
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
    int maxInFlight = host.overall().maxInFlight();
    if (inFlight.max() > maxInFlight) {
      violations.add("%d calls in flight, the cap is %d".formatted(inFlight.max(), maxInFlight));
    }
    int maxWaiting = host.overall().maxWaiting();
    if (waiting.max() > maxWaiting) {
      violations.add("%d calls waiting, the cap is %d".formatted(waiting.max(), maxWaiting));
    }
  }

  @Override
  public void sampled() {
    policies.refusals(headgate.snapshot().refusals());
  }

  @Override
  public List<PolicyLane> policies() {
    return policies.lanes();
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
