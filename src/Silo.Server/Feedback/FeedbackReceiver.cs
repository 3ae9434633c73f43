using Silo.Core.Addresses;
using Silo.Core.Feedback;
using Silo.Server.Delivery;
using Silo.Server.Lists;
using Silo.Server.Tenants.Embedded;
using Silo.Smtp.Server;

namespace Silo.Server.Feedback;

/// <summary>
/// The rules of the listener for reports: it takes mail to return paths whose signature holds, to the addresses of feedback loops and to
/// the one that recipients unsubscribe by, and sends nothing on. A positive reply means that the report is stored, or that it was found to
/// be none.
/// </summary>
internal sealed class FeedbackReceiver(
    MailFeedback mail, FeedbackIntake intake, FeedbackOptions options, UnsubscribeMail unsubscribe, Unsubscriptions wishes) : ISmtpReceiver
{
    private readonly HashSet<string> _complaintAddresses =
        new(options.ComplaintAddresses.Select(Canonical), StringComparer.OrdinalIgnoreCase);

    public ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SmtpServerReply(250, "2.1.0", "Ok"));

    public ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken)
    {
        if (unsubscribe.IsFor(recipient)) return ValueTask.FromResult(new SmtpServerReply(250, "2.1.5", "Ok"));
        var reply = Find(recipient, out var reading) is not null ? new SmtpServerReply(250, "2.1.5", "Ok") : reading switch
        {
            ReferenceReading.Forged => new SmtpServerReply(550, "5.7.1", "This return path was not given out here"),
            ReferenceReading.Expired => new SmtpServerReply(550, "5.7.1", "This return path has expired"),
            _ => new SmtpServerReply(550, "5.1.1", "No such address; nothing is relayed here"),
        };
        if (!reply.IsPositive && reading != ReferenceReading.NoReference) intake.Count(FeedbackSource.Smtp, reading.ToString());
        return ValueTask.FromResult(reply);
    }

    public async ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken)
    {
        if (message.Recipients.Any(unsubscribe.IsFor) && await Unsubscribe(message, cancellationToken) is { } refusal) return refusal;
        if (message.Recipients.All(unsubscribe.IsFor)) return new SmtpServerReply(250, "2.0.0", "Stored");
        var read = FeedbackMailReader.Read(message.Content);
        var found = new List<DeliveryFeedback>();
        // A session may name the same address as often as it may name any.
        foreach (var recipient in message.Recipients.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            // It was taken a moment ago; if it has expired since then, it says nothing.
            if (Find(recipient, out _) is not { } to) continue;
            try
            {
                var (feedback, result) = await mail.Read(to, read, cancellationToken);
                if (feedback is not null) found.Add(feedback);
                else intake.Count(FeedbackSource.Smtp, result);
                if (FeedbackTies.IsToBeToldAgain(result)) return NotNow;
            }
            catch (Storage.StorageException)
            {
                return NotNow;
            }
        }

        if (found.Count == 0) return new SmtpServerReply(250, "2.0.0", "Read, and nothing follows from it");
        return await intake.Store(FeedbackSource.Smtp, found, cancellationToken) ? new SmtpServerReply(250, "2.0.0", "Stored") : NotNow;
    }

    /// <summary>Null when the wish is stored.</summary>
    private async ValueTask<SmtpServerReply?> Unsubscribe(SmtpServerMessage message, CancellationToken cancellationToken)
    {
        if (unsubscribe.Read(message.Content) is not { } link)
        {
            intake.Count(FeedbackSource.Smtp, "UnsubscribeUnsigned");
            // Who wrote it by hand learns that nothing came of it.
            return new SmtpServerReply(550, "5.7.1", "The subject is not the one that was given out here");
        }

        try
        {
            await wishes.Leave(link, cancellationToken);
        }
        catch (Exception e) when (e is Storage.StorageException or ActorBusyException)
        {
            return NotNow;
        }

        intake.Count(FeedbackSource.Smtp, nameof(FeedbackKind.Unsubscribed));
        return null;
    }

    private static SmtpServerReply NotNow { get; } = new(451, "4.3.0", "It cannot be stored now, come back later");

    private FeedbackAddress? Find(string address, out ReferenceReading reading)
    {
        reading = mail.ReadAddress(address, out var reference);
        if (reading == ReferenceReading.Valid) return new FeedbackAddress(address, reference);
        return _complaintAddresses.Contains(Canonical(address)) ? new FeedbackAddress(address, null) : null;
    }

    private static string Canonical(string address) => EmailAddress.TryParse(address, out var parsed) ? parsed.ToString() : address;
}
