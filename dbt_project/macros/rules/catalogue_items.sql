{#- The items of the catalogue, in the order of its section 3. -#}
{% macro catalogue_items() -%}
    {{ return([
        'enterprise_register',
        'enterprise_scale',
        'regular_indicator',
        'administrative_penalty',
        'social_order_case',
        'resumption_inspection',
        'charity_donation',
        'direct_donation',
        'volunteer_service',
        'commendation',
        'administrative_award',
        'publicity_material',
        'credit_repair_application',
        'objection',
        'key_enterprise',
        'credit_loan',
        'overdue_relief',
        'severe_dishonesty_determination',
        'joint_measure',
    ]) }}
{%- endmacro %}
