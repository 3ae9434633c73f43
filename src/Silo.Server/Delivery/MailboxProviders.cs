using System.Collections.Concurrent;
using System.Collections.Frozen;
using Silo.Core.Addresses;

namespace Silo.Server.Delivery;

/// <summary>
/// Whose mailboxes a recipient's domain has: by configuration, by the table that ships, and by who runs the domain's MX hosts, as far as mail
/// went there since this process began. Mail names its provider at acceptance and keeps it, so that its place in line never changes; so
/// the first mail to a business domain still counts with all others. Thread-safe.
/// </summary>
public sealed class MailboxProviders
{
    /// <summary>Domains of which it is remembered who runs their hosts; beyond it the one that was learned first is forgotten.</summary>
    public const int MaxLearned = 100_000;

    private readonly FrozenDictionary<string, MailboxProvider> _byName;
    private readonly FrozenDictionary<int, string> _byNumber;
    private readonly FrozenDictionary<string, MailboxProvider> _byDomain;
    private readonly FrozenDictionary<string, MailboxProvider> _byHost;
    private readonly ConcurrentDictionary<string, MailboxProvider> _learned = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<string> _oldestFirst = [];
    private readonly Lock _learning = new();

    /// <param name="configured">Valid by <see cref="MailboxProviderOptions.Errors"/>.</param>
    public MailboxProviders(IReadOnlyList<MailboxProviderOptions> configured)
    {
        var byName = MailboxProvider.All.ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (var each in configured) byName[each.Name] = new MailboxProvider(each.Name, each.FeedbackLoop ?? IsEnrolled(each.Name));
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        All = [.. MailboxProvider.All.Select(p => p.Name).Union(configured.Select(c => c.Name)).Select(n => byName[n])];
        // Two with the same number would be one to what is told of no recipient; of 30 names that happens once in 39,000 installations.
        _byNumber = All.Select(p => p.Name).DistinctBy(MailboxProvider.NumberOf).ToFrozenDictionary(MailboxProvider.NumberOf);
        _byDomain = Index(configured, c => c.Domains);
        _byHost = Index(configured, c => c.Hosts);
    }

    /// <summary>Those that ship first.</summary>
    public IReadOnlyList<MailboxProvider> All { get; }

    /// <summary>The provider of a recipient: the one that was named for it, else the one of its domain as it is known now.</summary>
    public MailboxProvider Of(string recipient, string? named = null) =>
        Named(named is null ? OfDomain(MailboxProvider.DomainOf(recipient)) : MailboxProvider.Of(recipient, named));

    /// <summary>What mail to a recipient is to name: null when its domain says as much by the table that ships.</summary>
    public string? NameFor(string recipient)
    {
        var provider = Of(recipient);
        return provider.Name == MailboxProvider.Of(recipient, null).Name ? null : provider.Name;
    }

    /// <summary>The provider whose number a message id holds (<see cref="MailboxProvider.NumberOf"/>); null when it is none of them.</summary>
    public string? Numbered(int number) => _byNumber.GetValueOrDefault(number);

    /// <summary>Mail to the domain goes to these hosts: from now on it is known whose they are.</summary>
    internal MailboxProvider Learn(string domain, IReadOnlyList<string> hosts)
    {
        if (OfDomainItself(domain) is var known && known != MailboxProvider.Other) return Named(known);
        var provider = Named(MailboxProvider.Classify(domain, hosts, OfHost));
        if (provider == MailboxProvider.Other) _learned.TryRemove(domain, out _);
        else if (!_learned.TryGetValue(domain, out var before) || before != provider) Remember(domain, provider);
        return provider;
    }

    private static FrozenDictionary<string, MailboxProvider> Index(
        IReadOnlyList<MailboxProviderOptions> configured, Func<MailboxProviderOptions, IEnumerable<string>> names) =>
        configured.SelectMany(c => names(c).Select(n => (Name: n, Provider: new MailboxProvider(c.Name, c.FeedbackLoop ?? IsEnrolled(c.Name)))))
            .ToFrozenDictionary(n => n.Name, n => n.Provider, StringComparer.OrdinalIgnoreCase);

    private static bool IsEnrolled(string name) => MailboxProvider.All.Any(p => p.Name == name && p.HasFeedbackLoop);

    // What is configured of a provider counts for the domains, too, that the table that ships gives it.
    private MailboxProvider Named(MailboxProvider provider) => _byName.GetValueOrDefault(provider.Name, provider);

    private MailboxProvider OfDomain(string domain) =>
        OfDomainItself(domain) is var known && known != MailboxProvider.Other ? known : _learned.GetValueOrDefault(domain, MailboxProvider.Other);

    private MailboxProvider OfDomainItself(string domain) => _byDomain.GetValueOrDefault(domain) ?? MailboxProvider.Classify(domain);

    private MailboxProvider OfHost(string host)
    {
        var suffixes = _byHost.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var rest = host.AsSpan(); _byHost.Count > 0;)
        {
            if (suffixes.TryGetValue(rest, out var provider)) return provider;
            var dot = rest.IndexOf('.');
            if (dot < 0) break;
            rest = rest[(dot + 1)..];
        }

        return MailboxProvider.OfHost(host);
    }

    private void Remember(string domain, MailboxProvider provider)
    {
        lock (_learning)
        {
            if (_learned.TryAdd(domain, provider)) _oldestFirst.Enqueue(domain);
            else _learned[domain] = provider;
            while (_oldestFirst.Count > MaxLearned) _learned.TryRemove(_oldestFirst.Dequeue(), out _);
        }
    }
}
