using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Suppression;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>Erasures as they are stored, and the work on them.</summary>
internal sealed class Erasures(
    IResourceStore store, IReadOnlyList<IAddressEraser> erasers, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>That are stored, done ones among them.</summary>
    public const int Max = 10_000;

    private const string KeyName = "$key";
    private const int PageSize = 500;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(400);
    private static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(1);

    private readonly StoredDocuments<Erasure> _documents = new(store, ResourceKind.Erasure, ErasureJson.Default.Erasure);
    private readonly StoredDocuments<PseudonymKey> _keys = new(store, ResourceKind.Erasure, ErasureJson.Default.PseudonymKey);

    /// <summary>Stores that the address is to be erased; null when there are too many.</summary>
    public async ValueTask<Erasure?> Ask(
        string address, (string Name, long Key)? tenant, string? requestedBy, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var erasure = new Erasure
        {
            Id = NewId(), Address = address, Pseudonym = await PseudonymOf(address, cancellationToken), TenantName = tenant?.Name,
            TenantKey = tenant?.Key ?? 0, RequestedAt = now, RequestedBy = requestedBy,
        };
        for (var again = false; ; again = true)
        {
            var created = await _documents.Create(erasure.Id, "erasure:" + erasure.Id, erasure, now, [], Max, cancellationToken);
            if (created == ResourceCreation.Created) return erasure;
            if (again || !await ForgetOld(now, cancellationToken)) return null;
        }
    }

    public async ValueTask<Erasure?> Get(string id, CancellationToken cancellationToken) =>
        id == KeyName ? null : (await _documents.Get(id, cancellationToken))?.Value;

    public async ValueTask<Page<Erasure>> List(string? after, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.Erasure, after ?? KeyName, null, pageSize, cancellationToken);
        return new Page<Erasure>([.. page.Items.Select(_documents.Parse)], page.Next);
    }

    /// <summary>Works on everything that is not done and that nobody else works on, until it is done or has to wait.</summary>
    /// <returns>When the next of them can go on; null when none waits.</returns>
    public async ValueTask<DateTimeOffset?> Work(CancellationToken cancellationToken)
    {
        DateTimeOffset? next = null;
        string? after = null;
        do
        {
            var page = await List(after, PageSize, cancellationToken);
            foreach (var erasure in page.Items.Where(e => !e.IsDone))
            {
                var at = await Work(erasure.Id, cancellationToken);
                if (at < (next ?? DateTimeOffset.MaxValue)) next = at;
            }

            after = page.Next;
        }
        while (after is not null);
        return next;
    }

    /// <inheritdoc cref="Work(CancellationToken)"/>
    private async ValueTask<DateTimeOffset?> Work(string id, CancellationToken cancellationToken)
    {
        if (await _documents.Get(id, cancellationToken) is not { } stored || stored.Value.IsDone) return null;
        var (erasure, version) = stored;
        if (erasure.HeldUntil > time.GetUtcNow()) return erasure.HeldUntil;
        while (!erasure.IsDone)
        {
            var now = time.GetUtcNow();
            if (erasure.RestsUntil > now)
            {
                // Nobody holds it meanwhile.
                await _documents.Replace(id, erasure with { HeldUntil = null }, version, cancellationToken);
                return erasure.RestsUntil;
            }

            // Whoever loses this turn leaves it to the other.
            erasure = erasure with { HeldUntil = now + HeldFor };
            if (!await _documents.Replace(id, erasure, version++, cancellationToken)) return now + HeldFor;
            if (await StepWhileHeld(erasure, version, cancellationToken) is not var (next, held)) return now + HeldFor;
            (erasure, version) = (next, held);
            if (!await _documents.Replace(id, erasure, version++, cancellationToken)) return now + HeldFor;
        }

        return null;
    }

    /// <summary>Holds on to the erasure for as long as the step takes, be it slow; null when another has it nevertheless.</summary>
    private async ValueTask<(Erasure Next, long Version)?> StepWhileHeld(Erasure erasure, long version, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var step = Step(erasure, end.Token).AsTask();
        try
        {
            while (await Task.WhenAny(step, Task.Delay(HeldFor / 3, time, end.Token)) != step)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var held = erasure with { HeldUntil = time.GetUtcNow() + HeldFor };
                if (!await _documents.Replace(erasure.Id, held, version++, cancellationToken)) return null;
            }

            return (await step, version);
        }
        finally
        {
            await end.CancelAsync();
            // A step that was given up is not left running beside the other's.
            await ((Task)step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<Erasure> Step(Erasure erasure, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var at = PlaceOf(erasure.At);
        var eraser = erasers[at];
        // The place of another eraser says nothing to this one.
        var step = await eraser.Erase(eraser.Kind == erasure.At ? erasure : erasure with { Cursor = null }, cancellationToken);
        var next = erasure.Counting(eraser.Kind, step.Found) with { At = eraser.Kind };
        if (step.Next is not null)
            return next with { Cursor = step.Next, RestsUntil = step.RestsFor > TimeSpan.Zero ? time.GetUtcNow() + step.RestsFor : null };
        return at + 1 < erasers.Count
            ? next with { At = erasers[at + 1].Kind, Cursor = null, RestsUntil = null }
            : next with { Address = null, At = null, Cursor = null, HeldUntil = null, RestsUntil = null, CompletedAt = now };
    }

    /// <summary>Among the erasers; the first one for none, and for one that this release does not know.</summary>
    private int PlaceOf(string? kind)
    {
        for (var i = 0; i < erasers.Count; i++)
            if (erasers[i].Kind == kind) return i;
        return 0;
    }

    /// <summary>The same for the same address, so that counts by recipient stay what they were; only who has the key can tell it again.</summary>
    private async ValueTask<string> PseudonymOf(string address, CancellationToken cancellationToken)
    {
        var key = await Key(cancellationToken);
        var hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(SuppressionEntry.Fold(address)));
        return string.Create(CultureInfo.InvariantCulture,
            $"erased-{Convert.ToHexStringLower(hash.AsSpan(0, 10))}@{address[(address.LastIndexOf('@') + 1)..]}");
    }

    private async ValueTask<byte[]> Key(CancellationToken cancellationToken)
    {
        if (await _keys.Get(KeyName, cancellationToken) is { } stored) return stored.Value.Key;
        var key = new byte[32];
        random.GetBytes(key);
        await _keys.Create(KeyName, "erasure:" + KeyName, new PseudonymKey(key), time.GetUtcNow(), [], int.MaxValue, cancellationToken);
        // Another silo may have been first.
        return (await _keys.Get(KeyName, cancellationToken))!.Value.Key;
    }

    private async ValueTask<bool> ForgetOld(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var forgotten = false;
        string? after = null;
        do
        {
            var page = await List(after, PageSize, cancellationToken);
            foreach (var old in page.Items.Where(e => e.CompletedAt < now - Kept))
            {
                await _documents.Delete(old.Id, "erasure:" + old.Id, cancellationToken);
                forgotten = true;
            }

            after = page.Next;
        }
        while (after is not null);
        return forgotten;
    }

    private string NewId()
    {
        Span<byte> bytes = stackalloc byte[12];
        random.GetBytes(bytes);
        return "erasure-" + Convert.ToHexStringLower(bytes);
    }
}
