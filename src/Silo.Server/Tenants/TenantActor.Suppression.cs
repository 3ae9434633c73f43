using Silo.Core.Delivery;
using Silo.Core.Suppression;
using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

// Suppression lists: who gets nothing, and what puts an address there.
public sealed partial class TenantActor
{
    private bool IsAccount => name == TenantName.Account;

    public async ValueTask<bool> SetSuppression(TenantSuppression? suppression, CancellationToken cancellationToken)
    {
        if (_row is null) return false;
        await Commit([new TenantEvent { Kind = TenantEventKind.SettingsChanged, At = Now, Suppression = suppression }], cancellationToken);
        Gate.Change(Terms);
        return true;
    }

    /// <summary>Recipients who are on the list that holds for the send are accepted and bounced at once.</summary>
    private AdmitMessage WithoutListed(AdmitMessage message)
    {
        if (message.Suppression is not { Listed.Count: > 0 }) return message;
        var settings = SettingsOf(message.Suppression);
        var listed = message.Recipients.Concat(message.Rejected).Where(r => settings.Find(r, message.Suppression.Listed) is not null).ToList();
        if (listed.Count == 0) return message;
        var subType = settings.OfTenant ? BounceSubType.OnTenantSuppressionList : BounceSubType.OnAccountSuppressionList;
        return message with
        {
            Recipients = [.. message.Recipients.Where(r => !listed.Contains(r))],
            Rejected = [.. message.Rejected.Where(r => !listed.Contains(r))],
            Suppressed = [.. message.Suppressed, .. listed.Select(r => new SuppressedRecipient(r, subType))],
        };
    }

    private SuppressionReason? WhyListed(AdmitMessage message, string address) =>
        message.Suppression is { } terms ? SettingsOf(terms).Find(address, terms.Listed) : null;

    private SuppressionSettings SettingsOf(SuppressionTerms terms) =>
        SuppressionSettings.Resolve(terms.SetScope, terms.SetReasons, _ledger!.Suppression, terms.AccountReasons, IsAccount);

    /// <summary>What facts put on lists; null when there are none that could.</summary>
    /// <param name="setNames">Of the configuration sets that the facts are of.</param>
    private async ValueTask<ListChanges?> ListsFor(IEnumerable<string?> setNames, CancellationToken cancellationToken)
    {
        Dictionary<string, SuppressionSettings>? bySet = null;
        foreach (var setName in setNames)
        {
            if (bySet?.ContainsKey(setName ?? "") == true) continue;
            var account = await services.Account.GetSettings(cancellationToken);
            var set = setName is null ? null : (await services.Account.GetConfigurationSet(setName, cancellationToken))?.SuppressionOptions;
            (bySet ??= []).Add(setName ?? "", SuppressionSettings.Resolve(
                set?.SuppressionScope, set?.SuppressedReasons, _ledger!.Suppression, account.SuppressedReasons, IsAccount));
        }

        return bySet is null ? null : new ListChanges(bySet);
    }

    private sealed class ListChanges(Dictionary<string, SuppressionSettings> bySet)
    {
        private readonly List<NewSuppression> _entries = [];

        public IReadOnlyList<NewSuppression> Entries => _entries;

        public void Take(TenantEvent fact, string? setName)
        {
            if (bySet.TryGetValue(setName ?? "", out var settings) && settings.EntryFor(fact) is { } entry) _entries.Add(entry);
        }
    }
}
