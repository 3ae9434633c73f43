using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Feedback;
using Silo.Core.Messages;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>
/// What was told of a tenant's units since they left, so that nothing is told twice: read from the store when a unit is told of, written
/// with the facts. What is on its way to the disk is kept here until it is there. Used within the tenant's turns, of which one may stand
/// between two steps of another.
/// </summary>
internal sealed class FeedbackMemory(ISpool spool)
{
    /// <summary>Feedback about mail that was accepted longer ago is not taken: what was told of it is forgotten.</summary>
    public static readonly TimeSpan MaxAge = FeedbackKey.Kept - TimeSpan.FromDays(2);

    private readonly Dictionary<FeedbackKey, UnitFeedback> _unstored = [];
    private Task _stored = Task.CompletedTask;
    private int _reading;

    /// <summary>Takes in what the store knows of these units; <see cref="Take"/> then decides about them without waiting.</summary>
    public async ValueTask<FeedbackNews> Read(long tenantKey, IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        // What a reader finds may be older than what was stored while it read, so nothing is forgotten as long as there is one.
        if (_reading == 0 && _stored.IsCompleted) _unstored.Clear();
        _reading++;
        try
        {
            var keys = feedback.Select(KeyOf).ToArray();
            return new FeedbackNews(feedback, keys, await spool.FindFeedback(tenantKey, keys.Distinct().ToArray(), cancellationToken));
        }
        finally
        {
            _reading--;
        }
    }

    /// <summary>Those that are news, each with the state that it finds the unit in; in their order.</summary>
    public (IReadOnlyList<DeliveryFeedback> News, IReadOnlyList<FeedbackMark> Marks) Take(FeedbackNews read)
    {
        var news = new List<DeliveryFeedback>(read.Feedback.Count);
        var marks = new Dictionary<FeedbackKey, FeedbackMark>();
        for (var i = 0; i < read.Feedback.Count; i++)
        {
            var (feedback, key) = (read.Feedback[i], read.Keys[i]);
            // One of many, and each counts: whoever tells of them tells each once.
            if (feedback.Kind == FeedbackKind.PreferencesChanged)
            {
                news.Add(feedback);
                continue;
            }

            var before = _unstored.TryGetValue(key, out var known) ? known : new UnitFeedback(read.Stored.GetValueOrDefault(key));
            if (feedback.Kind is FeedbackKind.Opened or FeedbackKind.Clicked)
            {
                // So do they, but in metrics the first of a message alone.
                var first = CountsInMetrics(feedback) ? feedback.Kind == FeedbackKind.Opened ? before.Opened() : before.Clicked() : null;
                news.Add(feedback with { IsFirst = first is not null });
                if (first is { } looked) Keep(key, looked);
                continue;
            }

            var after = feedback.Kind switch
            {
                FeedbackKind.Complaint => before.ComplainedOf(),
                FeedbackKind.Delivered => before.Delivered(feedback.Previous),
                FeedbackKind.Unsubscribed => before.Unsubscribed(),
                _ => before.Bounced(feedback.Previous),
            };
            if (after is not { } next)
            {
                // Who left, came back and leaves again did so, but is counted once.
                if (feedback is { Kind: FeedbackKind.Unsubscribed, Subscription.IsChange: true })
                    news.Add(feedback with { Kind = FeedbackKind.PreferencesChanged });
                continue;
            }

            news.Add(before.From(feedback.Previous) is { } state ? feedback with { Previous = state } : feedback with { InDoubt = true });
            Keep(key, next);
        }

        return (news, [.. marks.Values]);

        void Keep(FeedbackKey key, UnitFeedback next)
        {
            marks[key] = new FeedbackMark(key, next.Number);
            _unstored[key] = next;
        }
    }

    /// <summary>What hand-overs that ended change about what was told of their units; what that was before, in their order.</summary>
    public (IReadOnlyList<UnitFeedback> Before, IReadOnlyList<FeedbackMark> Marks) Follow(FeedbackNews read, IReadOnlyList<UnitEnd> ends)
    {
        var told = new UnitFeedback[ends.Count];
        var marks = new Dictionary<FeedbackKey, FeedbackMark>();
        for (var i = 0; i < ends.Count; i++)
        {
            var key = read.Keys[i];
            var before = told[i] = _unstored.TryGetValue(key, out var known) ? known : new UnitFeedback(read.Stored.GetValueOrDefault(key));
            var after = before.After(ends[i]);
            if (after == before) continue;
            marks[key] = new FeedbackMark(key, after.Number);
            _unstored[key] = after;
        }

        return (told, [.. marks.Values]);
    }

    /// <summary>What was taken is in line under this ticket.</summary>
    public void PutInLine(long ticket) => _stored = Stored(ticket);

    /// <summary>A message's own id says when it was accepted, whoever tells of it.</summary>
    public static DateTimeOffset AcceptedAt(DeliveryFeedback feedback) =>
        MessageIdFormat.TryGetAcceptedAt(feedback.MessageId, out var acceptedAt) ? acceptedAt : feedback.SentAt;

    private static bool CountsInMetrics(DeliveryFeedback feedback) =>
        (MessageIdFormat.TraitsOf(feedback.MessageId) & MailTraits.Counted) != 0;

    private static FeedbackKey KeyOf(DeliveryFeedback feedback)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{feedback.MessageId}\n{feedback.Recipient.ToLowerInvariant()}"), digest);
        return new FeedbackKey(FeedbackKey.DayOf(AcceptedAt(feedback)), BinaryPrimitives.ReadUInt128BigEndian(digest));
    }

    private async Task Stored(long ticket)
    {
        try
        {
            await spool.WhenCommitted(ticket, CancellationToken.None);
        }
        catch (StorageException)
        {
            // The activation is dropped, and this with it: the next one reads what the disk has.
        }
    }
}

/// <summary>Feedback with what the store knows of its units.</summary>
internal sealed record FeedbackNews(
    IReadOnlyList<DeliveryFeedback> Feedback, IReadOnlyList<FeedbackKey> Keys, IReadOnlyDictionary<FeedbackKey, int> Stored);
