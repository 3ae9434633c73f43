using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Doors;

/// <summary>Where mail is submitted, and as whom.</summary>
/// <param name="Credential">For AUTH PLAIN; null: the server trusts this network.</param>
/// <param name="StartTls">The connection is encrypted; the certificate is not checked.</param>
/// <param name="NamesTenants">
/// X-SES-TENANT and X-SES-CONFIGURATION-SET are put on, as Silo wants them; false for other mail servers.
/// </param>
internal sealed record SmtpDoorOptions(
    string Host, int Port, (string User, string Password)? Credential = null, bool StartTls = false, bool NamesTenants = true);

/// <summary>SMTP submission with PIPELINING.</summary>
internal sealed class SmtpDoor(SmtpDoorOptions options) : IDoor
{
    public string Name => "smtp";

    public IDoorConnection Connect(FlowPlan flow) => new SmtpDoorConnection(options, new SmtpContent(flow, options.NamesTenants));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
