using System.Diagnostics.Metrics;
using Silo.Server.Hosting;
using Silo.Smtp.Server;

namespace Silo.Server.Submission;

/// <summary>What is to be watched of submission: instruments of the meter "Silo".</summary>
internal sealed class SubmissionMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _refusals;

    public SubmissionMetrics(IMeterFactory meters, SmtpServerLoad load)
    {
        var meter = meters.Create(SiloMetrics.MeterName);
        _messages = meter.CreateCounter<long>("silo.smtp.messages", "{message}", "Messages accepted and stored.");
        _refusals = meter.CreateCounter<long>("silo.smtp.refusals", "{refusal}", "What was refused, by reason.");
        meter.CreateObservableGauge("silo.smtp.connections", () => load.Connections, "{connection}", "Connections that are open now.");
        meter.CreateObservableGauge("silo.smtp.buffered", () => load.BufferedBytes, "By", "Bytes of messages in memory now.");
    }

    public void Accepted() => _messages.Add(1);

    /// <param name="reason">Of a closed set, since each is a series; the names are part of what dashboards rely on.</param>
    public void Refused(string reason) => _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Happened(SmtpServerEvent what) => Refused(what switch
    {
        SmtpServerEvent.ConnectionRefused => "too_many_connections",
        SmtpServerEvent.HandshakeFailed => "tls_handshake",
        SmtpServerEvent.InjectedBeforeTls => "injected_before_tls",
        SmtpServerEvent.MessageTooLarge => "message_too_large",
        SmtpServerEvent.NoMemory => "no_memory",
        SmtpServerEvent.BareLineEnd => "bare_line_end",
        SmtpServerEvent.TooManyCommands => "too_many_commands",
        SmtpServerEvent.TimedOut => "timed_out",
        _ => throw new InvalidOperationException($"{what} has no name."),
    });
}
