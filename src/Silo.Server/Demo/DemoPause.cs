using System.Globalization;

namespace Silo.Server.Demo;

/// <summary>An automatic pause, as it was seen from outside the engine.</summary>
/// <param name="OutcomeAt">When the outcome that crossed the threshold became known to the transport.</param>
/// <param name="GateClosedAt">When the decision went in line for the disk: right after the gate was closed.</param>
/// <param name="StoredAt">When the decision was on disk.</param>
internal sealed record DemoPause(string Tenant, DateTimeOffset OutcomeAt, DateTimeOffset GateClosedAt, DateTimeOffset StoredAt)
{
    /// <summary>Measured, in words.</summary>
    public string Latency => string.Create(CultureInfo.InvariantCulture,
        $"gate closed {(GateClosedAt - OutcomeAt).TotalMilliseconds:0.0} ms after the outcome that crossed the line, "
        + $"on disk after {(StoredAt - OutcomeAt).TotalMilliseconds:0.0} ms");
}
