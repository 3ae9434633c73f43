using System.Reflection;
using Orleans;
using Silo.Core.Contacts;
using Silo.Core.Pacing;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Orleans.Tenants;
using Silo.Orleans.Wire;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Server.Intake.Repeats;
using Xunit;

namespace Silo.Orleans.Tests.Wire;

/// <summary>
/// What calls can carry, found by walking from their signatures: a record that nobody listed would fail at its first call between silos,
/// and an enum that nobody listed could be renumbered unseen.
/// </summary>
public class CarriedTypesTests
{
    // Written as members of what holds them, never by themselves: a kind of content, numbers by kind of bounce, a stream's number, two texts,
    // a key with its name, a list and its topic, counts of a period; as the JSON that its event holds too: what a recipient changed of its subscriptions.
    private static readonly Type[] WithinOthers =
    [
        typeof(SendContent), typeof(BounceSubTypes), typeof(MailStream), typeof(SendOrigin), typeof(CallKey), typeof(ListManagement),
        typeof(SubscriptionChange), typeof(SubscriptionState), typeof(TopicPreference), typeof(SubscriptionStatus), typeof(UsageCounts),
    ];

    [Fact]
    public void Every_record_and_enum_that_a_call_can_carry_is_listed_and_no_other()
    {
        var carried = new HashSet<Type>();
        foreach (var type in typeof(ITenantGrain).Assembly.GetTypes().Where(t => t.IsInterface && typeof(IGrain).IsAssignableFrom(t)))
        {
            foreach (var method in type.GetInterfaces().Append(type).Where(i => IsOurs(i)).SelectMany(i => i.GetMethods()))
            {
                Walk(method.ReturnType, carried);
                foreach (var parameter in method.GetParameters()) Walk(parameter.ParameterType, carried);
            }
        }

        var named = carried.Except(WithinOthers).ToArray();
        Assert.Equal(Names(WireTypes.Records), Names(named.Where(t => !t.IsEnum)));
        Assert.Equal(Names(WireTypes.Enums), Names(named.Where(t => t.IsEnum)));
        Assert.Empty(WithinOthers.Except(carried));
    }

    private static void Walk(Type type, HashSet<Type> carried)
    {
        if (type.IsArray) Walk(type.GetElementType()!, carried);
        foreach (var argument in type.GetGenericArguments()) Walk(argument, carried);
        if (!IsOurs(type) || !carried.Add(type) || type.IsEnum) return;
        if (type.IsAbstract)
            foreach (var kind in type.Assembly.GetTypes().Where(t => t.BaseType == type)) Walk(kind, carried);
        // What is computed from other members needs no place.
        foreach (var member in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
            Walk(member.PropertyType, carried);
    }

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Silo.", StringComparison.Ordinal) == true;

    private static string[] Names(IEnumerable<Type> types) => [.. types.Select(t => t.Name).Order(StringComparer.Ordinal)];
}
