using Silo.Core.Addresses;
using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

// Counts by hour, identity, configuration set and provider: added up beside the ledger, stored with its snapshots.
public sealed partial class TenantActor
{
    // A tenant that sends is seen in its roll-ups so soon, however little it sends.
    private static readonly TimeSpan RollUpsWithin = TimeSpan.FromMinutes(5);

    private RollUps _rollUps = new();
    private bool _isKnownToHold;

    public async ValueTask<long> WriteRollUps(CancellationToken cancellationToken)
    {
        if (_row is null)
        {
            services.Unstored.Remove(name);
            return 0;
        }

        var ticket = EnqueueSnapshot() is var saved and not 0 ? saved : Volatile.Read(ref _watched);
        if (ticket != 0) await Spool.WhenCommitted(ticket, cancellationToken);
        return _row.TenantKey;
    }

    private RollUpChanges? TakeRollUps()
    {
        services.Unstored.Remove(name);
        _isKnownToHold = false;
        return _rollUps.Take();
    }

    /// <summary>Nothing is stored now.</summary>
    private RollUpChanges? HoldRollUps()
    {
        if (!_isKnownToHold && _rollUps.Since is not null) services.Unstored.Add(name);
        _isKnownToHold = _rollUps.Since is not null;
        return null;
    }

    /// <summary>The provider of the only recipient of a message that counts in metrics; null for any other.</summary>
    private string? OnlyProvider(AdmitMessage message)
    {
        if ((MessageIdFormat.TraitsOf(message.Envelope.MessageId) & MailTraits.Counted) == 0) return null;
        var only = message.Recipients.Concat(message.Rejected).Concat(message.Suppressed.Select(s => s.Address)).FirstOrDefault();
        return only is null ? null : MailboxProvider.NameOf(only, services.Providers.NameFor(only));
    }

    /// <summary>The names of the scope that the id tells, unless they were told lately.</summary>
    private MailScope? ScopeToTell(Envelope envelope) =>
        MessageIdFormat.ScopeOf(envelope.MessageId) is var scope and not 0 && !_rollUps.Knows(scope)
            ? MailScope.Of(envelope.IdentityArn, envelope.ConfigurationSetName)
            : null;
}
