using System.Text;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Server.Delivery;

namespace Silo.Server.Tests.Delivery;

/// <summary>Makes hand-overs and carries them through a transport as the dispatcher does.</summary>
internal static class HandOvers
{
    public static HandOver To(
        string recipient, SendingGate? gate = null, string messageId = "m1", int attempt = 1, Func<Envelope, Envelope>? with = null)
    {
        var to = recipient.Replace("\r\n", "", StringComparison.Ordinal);
        var content = Encoding.ASCII.GetBytes($"From: s@example.org\r\nTo: {to}\r\n\r\n.hello\r\n");
        var envelope = new Envelope
        {
            MessageId = messageId,
            TenantName = "t",
            Sender = "s@example.org",
            FromAddress = "s@example.org",
            IdentityArn = "arn",
            Destination = [recipient],
            AcceptedAt = default,
            SizeBytes = content.Length,
        };
        return new HandOver(gate ?? OpenGate(), with?.Invoke(envelope) ?? envelope, recipient, content, attempt, TimeProvider.System);
    }

    public static SendingGate OpenGate()
    {
        var gate = new SendingGate(new TestOwnership());
        gate.Open(SendingTerms.None);
        return gate;
    }

    public static async Task<DeliveryResult> Carry(
        this ITransport transport, HandOver handOver, CancellationToken cancellationToken = default)
    {
        try
        {
            return await transport.Deliver(handOver, cancellationToken);
        }
        finally
        {
            handOver.Over();
        }
    }
}
