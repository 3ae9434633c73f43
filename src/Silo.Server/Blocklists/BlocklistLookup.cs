using System.Globalization;
using System.Net;
using Silo.Core.Blocklists;
using Silo.Dns;

namespace Silo.Server.Blocklists;

/// <summary>
/// Asks lists by DNS. A list is asked for its test entries first, and again when that was minutes ago: one that lists everything, or
/// nothing any more, says nothing about anybody. Safe for several threads.
/// </summary>
/// <param name="chance">From 0 to below 1; for several threads.</param>
internal sealed class BlocklistLookup(BlocklistOptions options, DnsClient dns, Func<double> chance, TimeProvider time)
{
    private static readonly TimeSpan TrustedFor = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, ZoneTest Test)> _tests = [];

    public IReadOnlyList<BlocklistZone> Zones { get; } = options.ToZones();

    /// <summary>The last tests of this process.</summary>
    public IReadOnlyList<ZoneTest> Tests
    {
        get
        {
            lock (_lock) return [.. _tests.Values.Select(t => t.Test).OrderBy(t => t.Zone, StringComparer.Ordinal)];
        }
    }

    /// <summary>What each list of the kind says; an error for a list that is not believed.</summary>
    public async ValueTask<IReadOnlyList<(string Zone, BlocklistAnswer Answer)>> Ask(
        string subject, BlocklistKind kind, CancellationToken cancellationToken) =>
        await Task.WhenAll(Zones.Where(z => z.Kind == kind).Select(async z => (z.Name, await Ask(z, subject, cancellationToken))));

    private async Task<BlocklistAnswer> Ask(BlocklistZone zone, string subject, CancellationToken cancellationToken)
    {
        if (await Test(zone, cancellationToken) is { Problem: { } problem }) return BlocklistAnswer.Error(problem);
        var answer = await Look(zone, subject, cancellationToken);
        if (answer.Kind != BlocklistAnswerKind.Listed) return answer;
        // It may have begun to list the world since it was tested, or since the answers to that were remembered.
        var nobody = await Read(NameOfNobody(zone), null, cancellationToken);
        if (nobody.Kind == BlocklistAnswerKind.NotListed) return answer;
        var why = nobody.Problem ?? "It lists what nobody has";
        lock (_lock) _tests[zone.Name] = (time.GetTimestamp(), new ZoneTest(zone.Name, zone.Kind, why, time.GetUtcNow()));
        return BlocklistAnswer.Error(why);
    }

    private async Task<BlocklistAnswer> Look(BlocklistZone zone, string subject, CancellationToken cancellationToken)
    {
        if (zone.Kind == BlocklistKind.Domains) return await Read(BlocklistNames.Of(zone, subject), zone, cancellationToken);
        var address = IPAddress.Parse(subject).GetAddressBytes();
        // Lists that have IPv4 alone have no test entry of IPv6, and list none; one that lists the world lists this as well.
        if (address.Length == 16)
        {
            var clean = await Read(BlocklistNames.Of(zone, BlocklistNames.CleanAddress6), null, cancellationToken);
            if (clean.Kind != BlocklistAnswerKind.NotListed)
                return clean with { Kind = BlocklistAnswerKind.Error, Problem = clean.Problem ?? "It lists an IPv6 address that no list may" };
        }

        return await Read(BlocklistNames.Of(zone, address), zone, cancellationToken);
    }

    private async ValueTask<ZoneTest> Test(BlocklistZone zone, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_tests.TryGetValue(zone.Name, out var known) && time.GetElapsedTime(known.At) < TrustedFor) return known.Test;
        }

        var (testName, cleanName) = zone.Kind == BlocklistKind.Domains
            ? (BlocklistNames.Of(zone, zone.TestDomain), BlocklistNames.Of(zone, zone.CleanDomain))
            : (BlocklistNames.Of(zone, BlocklistNames.TestAddress), BlocklistNames.Of(zone, BlocklistNames.CleanAddress));
        var test = Read(testName, null, cancellationToken);
        var clean = Read(cleanName, null, cancellationToken);
        var result = new ZoneTest(zone.Name, zone.Kind, ZoneTrust.Judge(await test, await clean).Problem, time.GetUtcNow());
        lock (_lock) _tests[zone.Name] = (time.GetTimestamp(), result);
        return result;
    }

    /// <summary>One that was never asked for, so that no memory answers: an address of this machine's, a name below one that none has.</summary>
    private string NameOfNobody(BlocklistZone zone) => zone.Kind == BlocklistKind.Domains
        ? BlocklistNames.Of(zone, string.Create(CultureInfo.InvariantCulture, $"n{(long)(chance() * 1e15):x}.{zone.CleanDomain}"))
        : BlocklistNames.Of(zone, [127, Octet(), Octet(), Octet()]);

    private byte Octet() => (byte)(1 + (int)(chance() * 253));

    /// <param name="zone">Null for a test entry.</param>
    private async Task<BlocklistAnswer> Read(string name, BlocklistZone? zone, CancellationToken cancellationToken)
    {
        var answer = await dns.Query(name, DnsRecordType.A, cancellationToken);
        // In words of our own: a key may stand in the client's.
        return answer.Kind switch
        {
            DnsAnswerKind.ServerFailure => BlocklistAnswer.Error("Its name servers refuse or fail to answer; with a key, the key may not be theirs"),
            DnsAnswerKind.TimedOut => BlocklistAnswer.Error("Its name servers do not answer in time"),
            DnsAnswerKind.BadName => BlocklistAnswer.Error("The name to ask for is too long"),
            _ => zone is null ? BlocklistAnswer.ReadTest(CodesOf(answer)) : BlocklistAnswer.Read(zone, CodesOf(answer)),
        };
    }

    private static IReadOnlyList<BlocklistCode> CodesOf(DnsAnswer answer) =>
        [.. answer.Records.OfType<AddressRecord>().Select(r => BlocklistCode.Of(r.Address.GetAddressBytes()))];
}

/// <param name="Problem">Why the list is not believed; null when it is.</param>
internal sealed record ZoneTest(string Zone, BlocklistKind Kind, string? Problem, DateTimeOffset At);
