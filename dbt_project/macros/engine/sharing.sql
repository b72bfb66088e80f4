{#
  A share of the whole as decimal(5,4), rounded half up, null where the whole is 0.

  Integers only: `/` on decimals rounds differently in every engine. Both arguments are
  counts or amounts with at most two decimals, at least 0, the part not above the whole.
#}
{% macro exact_share(part, whole) -%}
    {{ return(adapter.dispatch('exact_share')(part, whole)) }}
{%- endmacro %}

{% macro default__exact_share(part, whole) -%}
    case
        when {{ whole }} = 0 then null
        else cast(
            cast(
                (
                    20000 * cast(100 * cast({{ part }} as decimal(20, 2)) as hugeint)
                    + cast(100 * cast({{ whole }} as decimal(20, 2)) as hugeint)
                )
                // (2 * cast(100 * cast({{ whole }} as decimal(20, 2)) as hugeint))
                as decimal(9, 0)
            ) * cast('0.0001' as decimal(5, 4)) as decimal(5, 4)
        )
    end
{%- endmacro %}

{% macro spark__exact_share(part, whole) -%}
    case
        when {{ whole }} = 0 then null
        else cast(
            cast(
                (
                    20000 * cast(100 * cast({{ part }} as decimal(20, 2)) as decimal(22, 0))
                    + cast(100 * cast({{ whole }} as decimal(20, 2)) as decimal(22, 0))
                )
                div (2 * cast(100 * cast({{ whole }} as decimal(20, 2)) as decimal(22, 0)))
                as decimal(9, 0)
            ) * cast('0.0001' as decimal(5, 4)) as decimal(5, 4)
        )
    end
{%- endmacro %}
