package io.headgate.examples.storm.arm;

import dev.langchain4j.model.chat.response.ChatResponse;
import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy;
import io.headgate.TargetSettings;
import io.headgate.Task;
import java.util.function.UnaryOperator;

/**
 * What a host sets at its Headgate, beyond what it knows of its model anyway: timeout, price, the
 * longest answer, what the end of a call means, and how long a job has.
 *
 * @param name of the arm
 * @param overall bounds of all together
 * @param model what holds for calls of the model
 * @param askFirst what becomes of calls of the tool that sends answers to others
 * @param agent what holds for each agent
 * @param job what holds for each job, besides its deadline
 * @param firstCall what holds for a job's first call
 * @param smaller whether it may use the smaller model as well
 * @param note for the report: what it may use
 */
record HostPolicies(
    String name,
    HeadgateSettings overall,
    UnaryOperator<TargetSettings> model,
    ParkPolicy askFirst,
    UnaryOperator<AgentSettings> agent,
    UnaryOperator<JobSettings> job,
    UnaryOperator<Task<ChatResponse>> firstCall,
    boolean smaller,
    String note) {}
