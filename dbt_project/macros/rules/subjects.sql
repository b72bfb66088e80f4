{#- The type of a subject by its identifier (catalogue section 5). -#}
{% macro subject_type(subject_id) -%}
case
            when {{ subject_id }} like 'P-%' then 'person'
            when {{ subject_id }} like '91%' then 'enterprise'
            when {{ subject_id }} like '92%' then 'individual_business'
            when {{ subject_id }} like '93%' then 'cooperative'
            when {{ subject_id }} like '5%' then 'social_organisation'
            when {{ subject_id }} like '1%' then 'public_institution'
            else 'other'
        end
{%- endmacro %}

{#- The county-level region in a code, null for natural persons. -#}
{% macro region_code(subject_id) -%}
case when {{ subject_id }} not like 'P-%' then substr({{ subject_id }}, 3, 6) end
{%- endmacro %}

{#- The city in a region code, null where it is none of Zhejiang's eleven: `330A`, which a
    valid code may hold, sorts between two of them. -#}
{% macro city_code(region_code) -%}
case
            when substr({{ region_code }}, 1, 4) in (
                '3301', '3302', '3303', '3304', '3305', '3306',
                '3307', '3308', '3309', '3310', '3311'
            )
                then substr({{ region_code }}, 1, 4)
        end
{%- endmacro %}
