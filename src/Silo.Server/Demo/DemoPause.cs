namespace Silo.Server.Demo;

/// <summary>An automatic pause, as it was seen from outside the engine.</summary>
/// <param name="OutcomeAt">When the outcome that crossed the threshold became known to the transport.</param>
/// <param name="GateClosedAt">The first moment after the gate was closed that can be seen from outside: the decision goes in line for the disk.</param>
/// <param name="StoredAt">When the decision was on disk.</param>
internal sealed record DemoPause(string Tenant, string Cause, DateTimeOffset OutcomeAt, DateTimeOffset GateClosedAt, DateTimeOffset StoredAt)
{
    public TimeSpan ToGate => GateClosedAt - OutcomeAt;

    public TimeSpan ToDisk => StoredAt - OutcomeAt;
}
